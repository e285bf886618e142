#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "event/event.h"
#include "store/database.h"
#include "store/job.h"

namespace hookspool::store {

/// The jobs: of each athlete one for each object at most. Of one activity several athletes may have
/// one, since events may be wrong, or forged, about the owner: what one athlete's events ask for
/// changes nothing about another's. Workers, in any number of processes, claim them by lease; a
/// worker that dies gives them back when the lease ends (store/leases.h). What there is to see of
/// them store/job_report.h tells.
class Jobs {
 public:
  explicit Jobs(Database& database) : database_(database) {}

  /// The athlete's job of the object that such a wish is about, if there is one.
  std::optional<Job> find(Wish wish, std::int64_t object_id, event::AthleteId athlete);

  /// Makes the athlete's job of the object what an event asks for, whatever it was before: due at
  /// `now`, alive, without failures, of a new revision. Which event has the last word,
  /// fetcher/reduce.h decides. `with_streams`: those that are missing are owed, too, if the
  /// activity is there.
  void want(Wish wish, std::int64_t object_id, event::AthleteId athlete,
            std::chrono::sys_seconds event_time, Timestamp now, bool with_streams = true);

  struct Order {
    Lane lane = Lane::kBackfill;
    Wish wish = Wish::kFetch;
    std::int64_t object_id = 0;
    event::AthleteId athlete{};
    std::chrono::sys_seconds event_time{};
    bool with_streams = false;
    Remaining remaining = Remaining::kEverything;
  };
  /// Makes a job that no event asked for. False, and nothing is changed, if the athlete has one for
  /// the object, dead or alive: whatever it is about, it came first. But where everything is
  /// ordered, a live one that only streams are left of is made to ask for everything again, and
  /// that is true, too. It keeps its wish, and if it was a removal that is ordered, how long and
  /// how often it has failed.
  bool add(const Order& order, Timestamp now);
  /// The same, but a dead job makes room for it; streams that were owed with that still are.
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
  /// The activity itself is stored, so that it is not deleted, and will settle if it appeared at
  /// `since`. The lease goes on until `lease_until`.
  void leave_streams(const Job& job, const std::string& holder,
                     std::optional<std::chrono::sys_seconds> since, Timestamp lease_until);

  /// The moment at which the next job can be claimed, of the lane or of any; nothing if none waits.
  std::optional<Timestamp> next_due(std::optional<Lane> lane = std::nullopt);

  /// What has failed since `since` need not wait any longer than `now`.
  void hurry(Timestamp since, Timestamp now);

  /// Dead jobs of athletes who have not been added, made before that moment, are forgotten. How
  /// many that was.
  std::int64_t forget_strangers(Timestamp made_before);

  /// The athlete's dead job of the object that such a wish is about waits again from `now` on.
  void revive(Wish wish, std::int64_t object_id, event::AthleteId athlete, Timestamp now);
  /// The athlete's job of the object that such a wish is about is forgotten.
  void drop(Wish wish, std::int64_t object_id, event::AthleteId athlete);

  // For a person, who names an activity, an athlete or a listing by its id alone. How many jobs
  // that was.

  /// Dead jobs of the object, or all of them, wait again from `now` on.
  std::int64_t revive_all_of(std::optional<std::int64_t> object_id, Timestamp now);
  /// Jobs of the object are forgotten, every athlete's or one's.
  std::int64_t drop_all_of(std::int64_t object_id,
                           std::optional<event::AthleteId> athlete = std::nullopt);

 private:
  bool add(const Order& order, Timestamp now, const std::string& if_there_is_one);
  void end_lease(const Job& job, const std::string& holder);

  Database& database_;
};

}  // namespace hookspool::store
