#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "event/event.h"
#include "store/database.h"

namespace hookspool::store {

/// That a consumer is owed word of a change.
struct Notification {
  std::int64_t id = 0;
  std::string change_id;  ///< the same for all consumers and all attempts
  std::string consumer;   ///< "command", or a URL
  std::string kind;       ///< "activity.stored", …
  std::string object_type;
  std::int64_t object_id = 0;
  event::AthleteId athlete_id{};
  std::string detail;  ///< a sentence; of alerts
  Timestamp made;
  Timestamp due;
  int attempts = 0;
  std::optional<Timestamp> first_failed;
  std::optional<std::string> last_error;
  bool dead = false;
};

/// What consumers have still to be told, for each consumer and object in the order in which it
/// happened. Worked off by lease, like the jobs.
class Notifications {
 public:
  explicit Notifications(Database& database) : database_(database) {}

  /// Adds one; its id and everything from `attempts` on are not looked at.
  void add(const Notification& notification);

  /// Leases up to `most` that are due for the consumer; of those on one object only the first.
  std::vector<Notification> claim(const std::string& consumer, std::size_t most,
                                  const std::string& holder, Timestamp now, Timestamp lease_until);
  /// When the next one of the consumer can be claimed.
  std::optional<Timestamp> next_due(const std::string& consumer);

  // How a claimed one goes on; nothing happens if `holder` has lost it.

  /// It was delivered.
  void finish(const Notification& notification, const std::string& holder);
  void postpone(const Notification& notification, const std::string& holder, Timestamp due,
                Timestamp now, const std::string& error);
  /// Gives it back as it was; no attempt is counted.
  void release(const Notification& notification, const std::string& holder);
  /// Gives up: it stays to be looked at, and those behind it go on.
  void bury(const Notification& notification, const std::string& holder, const std::string& error);

  /// Who is owed word: the consumers of all that are not dead.
  std::vector<std::string> owed();
  /// Gives up what the consumer was to be told of before `made_before`, unless it is in hand. How
  /// many that was.
  std::int64_t bury_all_of(const std::string& consumer, Timestamp made_before, Timestamp now,
                           const std::string& error);

  struct Counts {
    std::int64_t waiting = 0;
    std::int64_t dead = 0;
  };
  Counts counts();
  /// In the order in which they were made; only dead ones, or all.
  std::vector<Notification> list(std::size_t most, bool only_dead);
  /// The oldest of those that have failed and are tried again.
  std::optional<Notification> oldest_failing();
  /// Dead ones wait again. How many that was.
  std::int64_t revive(Timestamp now);
  /// Dead ones are forgotten. How many that was.
  std::int64_t drop_dead();

 private:
  Database& database_;
};

}  // namespace hookspool::store
