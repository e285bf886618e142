#pragma once

#include <chrono>
#include <string>

#include "base/clock.h"
#include "fetcher/backoff.h"
#include "fetcher/budget.h"
#include "fetcher/errand.h"
#include "fetcher/gate.h"
#include "store/database.h"
#include "strava/outcome.h"

namespace hookspool::fetcher {

/// How errands end: done, to be tried again, given up, or put back, each with what it told about
/// Strava. A job and what it led to end in one transaction, so that a kill at any moment leaves
/// both or neither.
class Endings {
 public:
  /// What it works with; all must outlive it.
  struct Parts {
    store::Database& database;
    Gate& gate;
    Budget& budget;
    const Clock& clock;
  };

  /// `retry_for`: how long a job that meets passing faults is tried again. `holder` names this
  /// process.
  Endings(const Parts& parts, std::chrono::seconds retry_for, std::string holder, Random random);
  Endings(const Endings&) = delete;
  Endings& operator=(const Endings&) = delete;

  /// Ends the errand's job by what `work` does to it, and settles its account with the budget.
  template <typename Work>
  void conclude(const ErrandInHand& errand, Work work);
  /// For an errand that goes on with another call.
  void settle_account(Errand& errand);

  /// The job is done.
  void finish(const ErrandInHand& errand);
  /// By what the failure says: for this job, for its athlete, or for everybody.
  void failed(const ErrandInHand& errand, const strava::Failure& failure);
  /// Strava announced or listed it, and does not show it: that may pass within seconds.
  void not_visible(const ErrandInHand& errand, const std::string& why);
  /// Until retry_for is over.
  void try_again(const ErrandInHand& errand, Timestamp due, const std::string& why);
  /// The job is dead, until a person revives or drops it.
  void bury(const ErrandInHand& errand, const std::string& why);
  /// Back as it was: nothing was learnt about it.
  void release(const ErrandInHand& errand, Timestamp due);

 private:
  Parts parts_;
  std::chrono::seconds retry_for_;
  std::string holder_;
  Random random_;
};

template <typename Work>
void Endings::conclude(const ErrandInHand& errand, Work work) {
  store::Transaction transaction(parts_.database);
  settle_account(*errand);
  work();
  parts_.gate.ended(errand->job.id);
  transaction.commit();
}

}  // namespace hookspool::fetcher
