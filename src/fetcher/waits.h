#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "fetcher/budget.h"
#include "store/database.h"
#include "store/job.h"

namespace hookspool::fetcher {

/// When the next job of a lane can be begun, and what keeps it until then.
struct Wait {
  enum class Cause {
    kNone,         ///< nothing: it can be begun now
    kNotDue,       ///< no job of the lane is due before
    kRateLimit,    ///< Strava's rate limit is used up
    kReserve,      ///< what is left of the rate limit is kept for fresh events
    kApplication,  ///< the application is inactive, or its credentials are wrong
    kOutage,       ///< Strava does not answer, or with errors only
  };
  store::Lane lane = store::Lane::kFresh;
  Timestamp due;    ///< as the first job of the lane is
  Timestamp until;  ///< if nobody else sends a request; not before now
  Cause cause = Cause::kNone;
  std::string reason;  ///< the pause's sentence for a person, where one is the cause
};

/// "rate_limit", "reserve", "application", "outage"; "none", "not_due".
const char* name_of(Wait::Cause cause);

/// What jobs wait for: that they are due, that the rate limit can pay their calls, and that a pause
/// is over (fetcher/gate.h). It changes nothing.
class Waits {
 public:
  /// All must outlive it.
  Waits(store::Database& database, const Clock& clock, Budget& budget);

  /// One for each lane in which jobs wait, but for those of stopped athletes, in the lanes' order.
  std::vector<Wait> list();
  /// Of these, those of lanes in which jobs are due and cannot be begun.
  std::vector<Wait> held_back();
  std::optional<Wait> of(store::Lane lane);

  /// Since when a job that can be begun now could have been, as far as the store tells: since it is
  /// due, or the rate limit or a pause, which are known as they were last, let it. What came of a
  /// rate window before the last one is not known.
  Timestamp free_since(const Wait& wait);

 private:
  store::Database& database_;
  const Clock& clock_;
  Budget& budget_;
};

/// From when on one of the jobs can be begun; nothing if none waits. Pure.
std::optional<Timestamp> first_end(const std::vector<Wait>& waits);

/// "settle, backfill until 2026-11-23T15:45:05Z for the rate limit; …", as `time_text` writes the
/// moments; empty if nothing waits. Pure.
std::string describe(const std::vector<Wait>& waits,
                     const std::function<std::string(Timestamp)>& time_text = to_rfc3339_seconds);

}  // namespace hookspool::fetcher
