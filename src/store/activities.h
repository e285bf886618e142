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

/// An activity as it is kept: Strava's JSON whole, and beside it the columns that people query.
/// Strava leaves out what it does not know, so any of them may be missing.
struct StoredActivity {
  event::ActivityId id{};
  event::AthleteId athlete_id{};
  std::optional<std::string> name;
  std::optional<std::string> sport_type;
  std::optional<std::string> start_date;        ///< UTC, "2018-02-16T14:52:54Z"
  std::optional<std::string> start_date_local;  ///< wall time, though Strava writes it with Z
  std::optional<std::string> timezone;
  std::optional<double> distance_m;
  std::optional<std::int64_t> moving_time_s;
  std::optional<std::int64_t> elapsed_time_s;
  std::optional<double> elevation_gain_m;
  std::optional<std::string> summary_polyline;
  std::optional<std::string> polyline;
  std::optional<std::string> visibility;
  /// Of the event that led to this; nothing if none did.
  std::optional<std::chrono::sys_seconds> event_time;
  Timestamp fetched;
  std::string json;  ///< Strava's answer, byte for byte
};

class Activities {
 public:
  explicit Activities(Database& database) : database_(database) {}

  /// Adds the activity, or replaces the one of that id.
  void put(const StoredActivity& activity);
  /// False if there was none.
  bool remove(event::ActivityId id);

  /// Whose the activity is; nothing if it is not here.
  std::optional<event::AthleteId> owner_of(event::ActivityId id);
  std::optional<StoredActivity> find(event::ActivityId id);
  /// The newest by start, at most `limit`; of one athlete, or of all.
  std::vector<StoredActivity> list(std::size_t limit,
                                   std::optional<event::AthleteId> athlete = std::nullopt);

  std::int64_t count();
  std::int64_t count_of(event::AthleteId athlete);
  /// When the last one was fetched.
  std::optional<Timestamp> newest_fetch();

 private:
  Database& database_;
};

}  // namespace hookspool::store
