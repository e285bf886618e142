#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "event/event.h"
#include "store/database.h"

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

/// What the fetcher still owes for one activity or athlete.
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

struct JobCounts {
  std::int64_t waiting = 0;                              ///< also those that are due later
  std::array<std::int64_t, kLanes.size()> waiting_in{};  ///< the same, by lane
  std::int64_t in_progress = 0;
  std::int64_t dead = 0;
  std::int64_t dead_of_strangers = 0;  ///< of these, of athletes who have not been added
};

/// What one athlete's jobs of a lane amount to.
struct LaneLoad {
  event::AthleteId athlete{};
  std::int64_t activities = 0;  ///< jobs for single activities, alive
  std::int64_t untried = 0;     ///< of these, what has not failed yet
  std::int64_t calls = 0;       ///< requests that these will take
  std::int64_t lists = 0;       ///< jobs that list, alive
  std::int64_t dead = 0;
};

/// The jobs, one for each object at most. Workers, in any number of processes, claim them by lease;
/// a worker that dies gives them back when the lease ends.
class Jobs {
 public:
  explicit Jobs(Database& database) : database_(database) {}

  /// The job of the object that such a wish is about, if there is one.
  std::optional<Job> find(Wish wish, std::int64_t object_id);

  /// Makes the object's job what an event asks for, whatever it was before: due at `now`, alive,
  /// without failures, of a new revision. Which event has the last word, fetcher/reduce.h decides.
  void want(Wish wish, std::int64_t object_id, event::AthleteId athlete,
            std::chrono::sys_seconds event_time, Timestamp now);

  struct Order {
    Lane lane = Lane::kBackfill;
    Wish wish = Wish::kFetch;
    std::int64_t object_id = 0;
    event::AthleteId athlete{};
    std::chrono::sys_seconds event_time{};
    bool with_streams = false;
  };
  /// Makes a job that no event asked for. False, and nothing is changed, if the object has one,
  /// dead or alive: whatever it is about, it came first.
  bool add(const Order& order, Timestamp now);
  /// The same, but a dead job of the object makes room for it.
  bool add_or_replace_dead(const Order& order, Timestamp now);

  /// Leases up to `most` jobs of the lane that are due, the longest due first, to `holder`. Jobs of
  /// a stopped athlete wait, but for that athlete's deauthorization.
  std::vector<Job> claim(Lane lane, std::size_t most, const std::string& holder, Timestamp now,
                         Timestamp lease_until);

  // How a claimed job goes on. Each ends the lease, and does nothing if `holder` has lost it. If an
  // event has changed the job since it was claimed, it stays, due as the event made it.

  /// The job is done and ceases to be.
  void finish(const Job& job, const std::string& holder);
  /// Tries again at `due`, in the lane of retries if it was fresh; counts as an attempt that failed
  /// at `now`.
  void postpone(const Job& job, const std::string& holder, Timestamp due, Timestamp now,
                const std::string& error);
  /// Gives up: the job stays to be looked at, until an event or a person revives it.
  void bury(const Job& job, const std::string& holder, const std::string& error);
  /// Gives the job back, to be claimed from `due` on; no attempt is counted.
  void release(const Job& job, const std::string& holder, Timestamp due);

  /// Looks again at `due`, as an activity that appeared at `since` and has not settled; what failed
  /// before is forgotten, and so is a deletion, since the activity is there.
  void settle(const Job& job, const std::string& holder, std::chrono::sys_seconds since,
              Timestamp due);
  /// The activity itself is stored, and will settle if it appeared at `since`. The lease goes on.
  void leave_streams(const Job& job, const std::string& holder,
                     std::optional<std::chrono::sys_seconds> since);

  /// Gives the job back as that athlete's: an event may be wrong about the owner.
  void reassign(const Job& job, const std::string& holder, event::AthleteId athlete);

  /// The moment at which the next job can be claimed, of the lane or of any; nothing if none waits.
  std::optional<Timestamp> next_due(std::optional<Lane> lane = std::nullopt);

  /// What has failed since `since` need not wait any longer than `now`.
  void hurry(Timestamp since, Timestamp now);

  /// Those who hold leases, on jobs, token refreshes or notifications.
  std::vector<std::string> holders();
  /// Ends all leases of a holder that is gone.
  void end_leases_of(const std::string& holder);

  JobCounts counts(Timestamp now);
  /// Those of the lane that are alive, in progress or not.
  std::int64_t count_alive(Lane lane);
  /// The same, and what became of others, athlete by athlete.
  std::vector<LaneLoad> load_of(Lane lane);
  /// The newest dead ones; those of athletes who have not been added come last, so that forged
  /// events do not hide the others.
  std::vector<Job> dead(std::size_t most);
  /// Those that are alive, in the order in which they will be claimed.
  std::vector<Job> alive(std::size_t most);
  /// When the oldest job that is due and alive was made, of those that events asked for.
  std::optional<Timestamp> oldest_overdue(Timestamp now);

  /// Dead jobs of athletes who have not been added, made before that moment, are forgotten. How
  /// many that was.
  std::int64_t forget_strangers(Timestamp made_before);

  /// The dead job of the object that such a wish is about waits again from `now` on.
  void revive(Wish wish, std::int64_t object_id, Timestamp now);
  /// The job of the object that such a wish is about is forgotten.
  void drop(Wish wish, std::int64_t object_id);

  // For a person, who names an activity, an athlete or a listing by its id alone. How many jobs
  // that was.

  /// Dead jobs of the object, or all of them, wait again from `now` on.
  std::int64_t revive_all_of(std::optional<std::int64_t> object_id, Timestamp now);
  /// Jobs of the object are forgotten.
  std::int64_t drop_all_of(std::int64_t object_id);

 private:
  bool add(const Order& order, Timestamp now, const std::string& if_there_is_one);
  void end_lease(const Job& job, const std::string& holder);

  Database& database_;
};

/// "fetch", "remove", "deauthorize", "list".
const char* name_of(Wish wish);
/// "fresh", "retry", "settle", "reconcile", "backfill".
const char* name_of(Lane lane);

}  // namespace hookspool::store
