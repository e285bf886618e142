#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "config/config.h"
#include "fetcher/archive.h"
#include "fetcher/budget.h"
#include "fetcher/errand.h"
#include "fetcher/gate.h"
#include "fetcher/lister.h"
#include "fetcher/token_keeper.h"
#include "store/activities.h"
#include "store/database.h"
#include "store/jobs.h"
#include "strava/activity.h"
#include "strava/api_client.h"
#include "strava/outcome.h"

namespace hookspool::fetcher {

/// Works jobs off: claims those that are due and that the budget can pay, asks Strava, and keeps,
/// removes, postpones or buries.
///
/// An event is only ever a hint to go and look: nothing is removed before Strava has confirmed that
/// it is gone. A job and what it led to end in one transaction, so that a kill at any moment leaves
/// both or neither.
class Worker {
 public:
  /// Gives a number from 0 to 1 for jitter.
  using Random = std::function<double()>;

  /// What it works with; all must outlive it.
  struct Parts {
    store::Database& database;
    strava::ApiClient& api;
    TokenKeeper& tokens;
    Gate& gate;
    Budget& budget;
    Archive& archive;
    Lister& lister;
    const Clock& clock;
  };

  /// `holder` names this process.
  Worker(const Parts& parts, const config::FetcherConfig& config, std::string holder,
         Random random);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Claims as many due jobs as there is room and budget for, and begins them. How many that were;
  /// none while the gate is closed.
  /// \throws StoreError  also later, from inside the transport's wait(); the job that met it comes
  ///                     back when its lease ends
  std::size_t begin_due();

  /// The moment from which on begin_due() finds something to do; nothing if no job waits.
  std::optional<Timestamp> next_due();

  /// Jobs that were begun and have not come to an end.
  std::size_t in_progress() const { return *in_progress_; }
  bool has_room() const { return in_progress() < config_.concurrency; }

 private:
  /// Begins one of the API's calls.
  template <typename T>
  using Call =
      std::function<void(const strava::ApiClient::Caller&, strava::ApiClient::Completion<T>)>;
  /// Goes on with its answer.
  template <typename T>
  using Answered = void (Worker::*)(const ErrandInHand&, const strava::Result<T>&);

  std::vector<ErrandInHand> claim_due();
  ErrandInHand take(const store::Job& job);
  void begin(const ErrandInHand& errand);
  void begin_activity(const ErrandInHand& errand);
  void begin_listing(const ErrandInHand& errand);
  void begin_deauthorization(const ErrandInHand& errand);
  void ask_for_activity(const ErrandInHand& errand);
  void ask_for_streams(const ErrandInHand& errand);

  template <typename T>
  void ask(const ErrandInHand& errand, const Call<T>& call, Answered<T> answered);
  template <typename T>
  void call_with_token(const ErrandInHand& errand, const TokenKeeper::Outcome& outcome,
                       const Call<T>& call, Answered<T> answered, bool may_refresh);
  bool may_call(const ErrandInHand& errand);
  static strava::ApiClient::Caller caller_of(const ErrandInHand& errand, const Secret& token);

  void answered_activity(const ErrandInHand& errand,
                         const strava::Result<strava::Activity>& result);
  void answered_streams(const ErrandInHand& errand,
                        const strava::Result<strava::ApiClient::Streams>& result);
  void answered_page(const ErrandInHand& errand,
                     const strava::Result<std::vector<strava::Activity>>& result);
  void keep_activity(const ErrandInHand& errand, const strava::Activity& activity);
  void keep_streams(const ErrandInHand& errand, const strava::ApiClient::Streams& streams);
  void finish_or_settle(const Errand& errand);
  void not_found(const ErrandInHand& errand, const strava::Failure& failure);
  void not_found_any_more(const ErrandInHand& errand, const store::StoredActivity& stored);
  void remove(const ErrandInHand& errand);
  void refused_grant(const ErrandInHand& errand, const std::string& refusal);
  void purge_athlete(const ErrandInHand& errand);
  void keep_athlete(const ErrandInHand& errand);
  void stop_suspected_athlete(const ErrandInHand& errand, const std::string& refusal);
  void without_token(const ErrandInHand& errand, const TokenKeeper::Outcome& outcome);
  void failed(const ErrandInHand& errand, const strava::Failure& failure);
  void try_again(const ErrandInHand& errand, Timestamp due, const std::string& why);
  void bury(const ErrandInHand& errand, const std::string& why);
  void release(const ErrandInHand& errand, Timestamp due);

  /// Ends the errand's job by what `work` does, and settles its account with the budget.
  template <typename Work>
  void conclude(const ErrandInHand& errand, Work work);
  void settle_account(Errand& errand);

  Parts parts_;
  config::FetcherConfig config_;
  std::string holder_;
  Random random_;
  /// Shared with the errands: those in a transport's callbacks may outlive the worker.
  std::shared_ptr<std::size_t> in_progress_ = std::make_shared<std::size_t>(0);
};

}  // namespace hookspool::fetcher
