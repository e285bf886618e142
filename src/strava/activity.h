#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "event/event.h"

namespace hookspool::strava {

/// An activity as Strava answers it: the columns that people query, and the whole beside them.
/// Whatever Strava left out, sent as null, or sent in a shape that we do not know is nothing here;
/// `json` has it all the same.
struct Activity {
  event::ActivityId id{};
  event::AthleteId athlete_id{};
  std::optional<std::string> name;
  std::optional<std::string> sport_type;
  std::optional<std::string> start_date;        ///< UTC, "2018-02-16T14:52:54Z"
  std::optional<std::string> start_date_local;  ///< wall time at the start, though written with Z
  std::optional<std::string> timezone;          ///< "(GMT-05:00) America/New_York"
  std::optional<double> distance_m;
  std::optional<double> elevation_gain_m;
  std::optional<std::int64_t> moving_time_s;
  std::optional<std::int64_t> elapsed_time_s;
  std::optional<std::string> summary_polyline;  ///< never empty; nothing without GPS
  std::optional<std::string> polyline;
  std::optional<std::string> visibility;  ///< "everyone", "followers_only", "only_me"
  bool manual = false;                    ///< typed in, without a recording
  bool has_segment_efforts = false;
  /// How much Strava told: 2 in a list, 3 when asked for the one activity.
  std::int64_t resource_state = 3;
  std::string json;  ///< Strava's body, byte for byte
};

/// The body was no activity: a clause such as "athlete.id is not a 64-bit integer".
struct MalformedActivity {
  std::string reason;
};

/// Reads the body of GET /activities/{id}. Liberal in everything but the two ids, which must be
/// positive 64-bit integers and never pass through a double.
std::variant<Activity, MalformedActivity> parse_activity(std::string body);

/// Reads the body of GET /athlete/activities, as liberally; one element that is no activity spoils
/// the page, since nobody could tell what it hides.
std::variant<std::vector<Activity>, MalformedActivity> parse_activity_list(const std::string& body);

}  // namespace hookspool::strava
