#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "event/event.h"

namespace hookspool::store {

/// What is to be done about an object.
enum class Wish {
  kFetch,        ///< an activity was created or changed
  kRemove,       ///< an activity was deleted, or hidden from us
  kDeauthorize,  ///< an athlete took the authorization back
  kList,         ///< an athlete's activities are to be listed; the object is a listing
};

/// Who goes first where requests are scarce.
enum class Lane {
  kFresh,      ///< what an event told of
  kRetry,      ///< the same, after it failed
  kSettle,     ///< another look at an activity that Strava was still working on
  kReconcile,  ///< what the webhooks may have missed
  kBackfill,   ///< the history
};
inline constexpr std::array kLanes{Lane::kFresh, Lane::kRetry, Lane::kSettle, Lane::kReconcile,
                                   Lane::kBackfill};

/// What a job still has to ask Strava for.
enum class Remaining {
  kEverything,
  kStreams,  ///< the activity itself is stored
};

/// What the fetcher still owes for one activity, athlete or listing, and of whom it is to ask that.
struct Job {
  std::int64_t id = 0;
  std::int64_t object_id =
      0;  ///< an activity's; with kDeauthorize an athlete's, with kList a listing's
  event::AthleteId athlete_id{};
  Wish wish = Wish::kFetch;
  Lane lane = Lane::kFresh;
  Remaining remaining = Remaining::kEverything;
  bool with_streams = true;  ///< the streams that are configured are wanted, too
  /// When the activity appeared, if looks at it are due until it has settled.
  std::optional<std::chrono::sys_seconds> settling_since;
  std::chrono::sys_seconds event_time{};
  /// Counts the events that changed the job: what was done for an older revision does not end it.
  std::int64_t revision = 0;
  Timestamp created;
  int attempts = 0;
  std::optional<Timestamp> first_failed;
  Timestamp due;
  Timestamp leased_until;
  std::optional<std::string> last_error;
  bool dead = false;
};

/// Whether it is in the lanes of what an event asked for, rather than of what a list found or has
/// to settle.
bool is_of_event(const Job& job);

/// "fetch", "remove", "deauthorize", "list".
const char* name_of(Wish wish);
/// "fresh", "retry", "settle", "reconcile", "backfill".
const char* name_of(Lane lane);
/// "everything", "streams".
const char* name_of(Remaining remaining);

}  // namespace hookspool::store
