#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "config/config.h"
#include "fetcher/gate.h"
#include "fetcher/token_keeper.h"
#include "store/database.h"
#include "store/jobs.h"
#include "strava/activity.h"
#include "strava/api_client.h"
#include "strava/outcome.h"

namespace hookspool::fetcher {

/// Works jobs off: claims those that are due, asks Strava, and stores, removes, postpones or
/// buries.
///
/// An event is only ever a hint to go and look: nothing is removed before Strava has confirmed that
/// it is gone. A job and what it led to end in one transaction, so that a kill at any moment leaves
/// both or neither.
class Worker {
 public:
  /// Gives a number from 0 to 1 for jitter.
  using Random = std::function<double()>;

  /// All must outlive this. `holder` names this process.
  Worker(store::Database& database, strava::ApiClient& api, TokenKeeper& tokens, Gate& gate,
         const Clock& clock, const config::FetcherConfig& config, std::string holder,
         Random random);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Claims as many due jobs as there is room for, and begins them. How many that were; none while
  /// the gate is closed.
  /// \throws StoreError  also later, from inside the transport's wait(); the job that met it comes
  ///                     back when its lease ends
  std::size_t begin_due();

  /// Jobs that were begun and have not come to an end.
  std::size_t in_progress() const { return *in_progress_; }
  bool has_room() const { return in_progress() < config_.concurrency; }

 private:
  /// A job that is in progress for as long as anybody has this: the callback of a request, mostly.
  /// So it is over however it ends, by an exception too.
  using JobInHand = std::shared_ptr<const store::Job>;

  JobInHand take(const store::Job& job);
  void begin(const JobInHand& job);
  void begin_activity(const JobInHand& job);
  void begin_deauthorization(const JobInHand& job);
  void ask_for_activity(const JobInHand& job, const Secret& token, bool may_refresh);
  void replace_token(const JobInHand& job, const Secret& rejected);
  void answered(const store::Job& job, const strava::Result<strava::Activity>& result);
  void store_activity(const store::Job& job, const strava::Activity& activity);
  void remove_activity(const store::Job& job);
  void not_found(const store::Job& job, const std::string& detail);
  void purge_athlete(const store::Job& job);
  void keep_athlete(const store::Job& job);
  void without_token(const store::Job& job, const TokenKeeper::Outcome& outcome);
  void failed(const store::Job& job, const strava::Failure& failure);
  void try_again(const store::Job& job, Timestamp due, const std::string& why);
  void bury(const store::Job& job, const std::string& why);

  store::Database& database_;
  strava::ApiClient& api_;
  TokenKeeper& tokens_;
  Gate& gate_;
  const Clock& clock_;
  config::FetcherConfig config_;
  std::string holder_;
  Random random_;
  /// Shared with the jobs in hand: those in a transport's callbacks may outlive the worker.
  std::shared_ptr<std::size_t> in_progress_ = std::make_shared<std::size_t>(0);
};

}  // namespace hookspool::fetcher
