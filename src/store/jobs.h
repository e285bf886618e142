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

namespace hookspool::store {

/// What the newest event on an object asks for.
enum class Wish {
  kFetch,        ///< an activity was created or changed
  kRemove,       ///< an activity was deleted, or hidden from us
  kDeauthorize,  ///< an athlete took the authorization back
};

/// What the fetcher still owes for one activity or athlete.
struct Job {
  std::int64_t id = 0;
  std::int64_t object_id = 0;  ///< an activity's, or with kDeauthorize an athlete's
  event::AthleteId athlete_id{};
  Wish wish = Wish::kFetch;
  std::chrono::sys_seconds event_time{};
  /// Counts the events that changed the job: what was done for an older revision does not end it.
  std::int64_t revision = 0;
  Timestamp created;
  int attempts = 0;
  std::optional<Timestamp> first_failed;
  Timestamp due;
  std::optional<std::string> last_error;
  bool dead = false;
};

struct JobCounts {
  std::int64_t waiting = 0;
  std::int64_t in_progress = 0;
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

  /// Leases up to `most` jobs that are due, the longest due first, to `holder`. Jobs of a stopped
  /// athlete wait, but for that athlete's deauthorization.
  std::vector<Job> claim(std::size_t most, const std::string& holder, Timestamp now,
                         Timestamp lease_until);

  // How a claimed job goes on. Each ends the lease, and does nothing if `holder` has lost it. If an
  // event has changed the job since it was claimed, it stays, due as the event made it.

  /// The job is done and ceases to be.
  void finish(const Job& job, const std::string& holder);
  /// Tries again at `due`; counts as an attempt that failed at `now`.
  void postpone(const Job& job, const std::string& holder, Timestamp due, Timestamp now,
                const std::string& error);
  /// Gives up: the job stays to be looked at, until an event or a person revives it.
  void bury(const Job& job, const std::string& holder, const std::string& error);
  /// Gives the job back, to be claimed from `due` on; no attempt is counted.
  void release(const Job& job, const std::string& holder, Timestamp due);

  /// Gives the job back as that athlete's: an event may be wrong about the owner.
  void reassign(const Job& job, const std::string& holder, event::AthleteId athlete);

  /// The moment at which the next job can be claimed; nothing if none waits.
  std::optional<Timestamp> next_due();

  /// Those who hold leases, on jobs or on token refreshes.
  std::vector<std::string> holders();
  /// Ends all leases of a holder that is gone.
  void end_leases_of(const std::string& holder);

  JobCounts counts(Timestamp now);
  std::vector<Job> dead(std::size_t most);

 private:
  void end_lease(const Job& job, const std::string& holder);

  Database& database_;
};

/// "fetch", "remove", "deauthorize".
const char* name_of(Wish wish);

}  // namespace hookspool::store
