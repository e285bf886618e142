#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/clock.h"
#include "config/config.h"
#include "fetcher/token_keeper.h"
#include "store/database.h"
#include "store/jobs.h"
#include "strava/activity.h"
#include "strava/api_client.h"
#include "strava/outcome.h"
#include "strava/rate_limits.h"

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
  Worker(store::Database& database, strava::ApiClient& api, TokenKeeper& tokens, const Clock& clock,
         const config::FetcherConfig& config, std::string holder, Random random);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Claims as many due jobs as there is room for, and begins them. How many that were; none while
  /// a pause is in force.
  /// \throws StoreError
  std::size_t begin_due();

  /// Jobs that were begun and have not come to an end.
  std::size_t in_progress() const { return in_progress_; }
  bool has_room() const { return in_progress_ < config_.concurrency; }

  /// To be called with what each answer of Strava says: at a spent limit everything waits for the
  /// window to turn, rather than meet a 429.
  void heed(const strava::RateLimits& limits);

 private:
  void begin(const store::Job& job);
  void begin_activity(const store::Job& job);
  void ask_for_activity(const store::Job& job, const Secret& token, bool may_refresh);
  void answered(const store::Job& job, const strava::Result<strava::Activity>& result);
  void store_activity(const store::Job& job, const strava::Activity& activity);
  void not_found(const store::Job& job, const std::string& detail);
  void remove_activity(const store::Job& job);
  void begin_deauthorization(const store::Job& job);
  void deauthorization_answered(const store::Job& job, const strava::Result<Secret>& result);
  void failed(const store::Job& job, const strava::Failure& failure);
  void try_again(const store::Job& job, Timestamp due, const std::string& why);
  void pause(const std::string& reason, Timestamp until);
  void ended(const store::Job& job);

  store::Database& database_;
  strava::ApiClient& api_;
  TokenKeeper& tokens_;
  const Clock& clock_;
  config::FetcherConfig config_;
  std::string holder_;
  Random random_;
  std::size_t in_progress_ = 0;
};

}  // namespace hookspool::fetcher
