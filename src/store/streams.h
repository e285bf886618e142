#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "event/event.h"
#include "store/database.h"

namespace hookspool::store {

/// The streams of activities: Strava's JSON, compressed by gzip (RFC 1952), so that any program can
/// read the column.
class Streams {
 public:
  explicit Streams(Database& database) : database_(database) {}

  /// Adds them, or replaces those of that activity.
  void put(event::ActivityId activity, const std::string& json, Timestamp fetched);
  /// Notes that Strava has none, unless there are some: an empty JSON object.
  void put_none(event::ActivityId activity, Timestamp fetched);
  /// Whether they are here, or it is known that there are none.
  bool are_known(event::ActivityId activity);
  /// As Strava answered them; nothing if there are none.
  std::optional<std::string> find(event::ActivityId activity);

 private:
  void insert(const std::string& if_there_are_some, event::ActivityId activity,
              const std::string& json, Timestamp fetched);

  Database& database_;
};

}  // namespace hookspool::store
