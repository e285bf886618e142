#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "fetcher/archive.h"
#include "fetcher/backoff.h"
#include "fetcher/budget.h"
#include "fetcher/calls.h"
#include "fetcher/deauthorizations.h"
#include "fetcher/endings.h"
#include "fetcher/errand.h"
#include "fetcher/gate.h"
#include "fetcher/lister.h"
#include "fetcher/looks.h"
#include "fetcher/token_keeper.h"
#include "fetcher/waits.h"
#include "store/database.h"
#include "store/jobs.h"
#include "strava/activity.h"
#include "strava/api_client.h"
#include "strava/outcome.h"

namespace hookspool::fetcher {

/// Works jobs off: claims those that are due and that the budget can pay, and begins an errand for
/// each.
class Worker {
 public:
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
  Worker(const Parts& parts, const config::FetcherConfig& config, const std::string& holder,
         Random random);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Claims as many due jobs as there is room and budget for, and begins them. How many that were;
  /// none while the gate is closed.
  /// \throws StoreError  also later, from inside the transport's wait(); the job that met it comes
  ///                     back when its lease ends
  std::size_t begin_due();

  /// What the jobs wait for that begin_due() does not begin.
  Waits& waits() { return waits_; }

  /// Jobs that were begun and have not come to an end.
  std::size_t in_progress() const { return *in_progress_; }
  bool has_room() const { return in_progress() < concurrency_; }

 private:
  std::vector<ErrandInHand> claim_due();
  ErrandInHand take(const store::Job& job);
  void begin(const ErrandInHand& errand);
  void begin_listing(const ErrandInHand& errand);
  void answered_page(const ErrandInHand& errand,
                     const strava::Result<std::vector<strava::Activity>>& result);

  Parts parts_;
  unsigned concurrency_;
  std::string holder_;
  Endings endings_;
  Calls calls_;
  Looks looks_;
  Deauthorizations deauthorizations_;
  Waits waits_;
  /// Shared with the errands: those in a transport's callbacks may outlive the worker.
  std::shared_ptr<std::size_t> in_progress_ = std::make_shared<std::size_t>(0);
};

}  // namespace hookspool::fetcher
