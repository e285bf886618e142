#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "event/event.h"
#include "store/database.h"
#include "store/job.h"

namespace hookspool::store {

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

/// What there is to see of the jobs; it changes none.
class JobReport {
 public:
  explicit JobReport(Database& database) : database_(database) {}

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
  /// Whose jobs there are on the object, by their ids.
  std::vector<event::AthleteId> athletes_of(std::int64_t object_id);
  /// When the oldest job that is alive was made, of those that events asked for and whose athlete
  /// can be asked; be it that it failed, and is to be tried again later.
  std::optional<Timestamp> oldest_of_events();

 private:
  Database& database_;
};

}  // namespace hookspool::store
