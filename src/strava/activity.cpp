#include "strava/activity.h"

#include <json/value.h>

#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

#include "strava/json_body.h"

namespace hookspool::strava {
namespace {

std::optional<double> number_member(const Json::Value& object, const char* name) {
  const Json::Value& member = object[name];
  if (!member.isNumeric()) return std::nullopt;
  return member.asDouble();
}

/// Whole seconds, whether they were written 1800 or 1800.0.
std::optional<std::int64_t> seconds_member(const Json::Value& object, const char* name) {
  const Json::Value& member = object[name];
  // Holds only for numbers that an int64 can hold.
  if (!member.isNumeric() || !member.isConvertibleTo(Json::intValue)) return std::nullopt;
  return member.asInt64();
}

/// Without GPS Strava sends "" or null, by age.
std::optional<std::string> polyline_member(const Json::Value& map, const char* name) {
  if (!map.isObject()) return std::nullopt;
  std::string polyline = string_member(map, name).value_or("");
  if (polyline.empty()) return std::nullopt;
  return polyline;
}

/// `type` is what sport_type was called until 2022.
std::optional<std::string> sport_type(const Json::Value& root) {
  auto sport = string_member(root, "sport_type");
  return sport ? sport : string_member(root, "type");
}

/// `json` is the text that `root` was read from.
std::variant<Activity, MalformedActivity> activity_of(const Json::Value& root, std::string json) {
  if (!root.isObject()) return MalformedActivity{"it is not a JSON object"};
  const auto id = positive_integer(root["id"]);
  if (!id) return MalformedActivity{"id is not a positive 64-bit integer"};
  const Json::Value& athlete = root["athlete"];
  const auto athlete_id = athlete.isObject() ? positive_integer(athlete["id"]) : std::nullopt;
  if (!athlete_id) return MalformedActivity{"athlete.id is not a positive 64-bit integer"};

  Activity activity;
  activity.id = event::ActivityId{*id};
  activity.athlete_id = event::AthleteId{*athlete_id};
  activity.name = string_member(root, "name");
  activity.sport_type = sport_type(root);
  activity.start_date = string_member(root, "start_date");
  activity.start_date_local = string_member(root, "start_date_local");
  activity.timezone = string_member(root, "timezone");
  activity.distance_m = number_member(root, "distance");
  activity.elevation_gain_m = number_member(root, "total_elevation_gain");
  activity.moving_time_s = seconds_member(root, "moving_time");
  activity.elapsed_time_s = seconds_member(root, "elapsed_time");
  activity.summary_polyline = polyline_member(root["map"], "summary_polyline");
  activity.polyline = polyline_member(root["map"], "polyline");
  activity.visibility = string_member(root, "visibility");
  activity.manual = root["manual"].isBool() && root["manual"].asBool();
  const Json::Value& efforts = root["segment_efforts"];
  activity.has_segment_efforts = efforts.isArray() && !efforts.empty();
  activity.json = std::move(json);
  return activity;
}

}  // namespace

std::variant<Activity, MalformedActivity> parse_activity(std::string body) {
  const std::optional<Json::Value> root = parse_json(body);
  if (!root) return MalformedActivity{"it is not JSON"};
  return activity_of(*root, std::move(body));
}

std::variant<std::vector<Activity>, MalformedActivity> parse_activity_list(
    const std::string& body) {
  const std::optional<Json::Value> root = parse_json(body);
  if (!root) return MalformedActivity{"it is not JSON"};
  if (!root->isArray()) return MalformedActivity{"it is not a JSON array"};
  // jsoncpp counts from behind a byte order mark.
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  const std::size_t begin = body.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  std::vector<Activity> activities;
  for (const Json::Value& element : *root) {
    const auto start = static_cast<std::size_t>(element.getOffsetStart());
    const auto limit = static_cast<std::size_t>(element.getOffsetLimit());
    auto parsed = activity_of(element, body.substr(begin + start, limit - start));
    if (const auto* malformed = std::get_if<MalformedActivity>(&parsed)) return *malformed;
    activities.push_back(std::get<Activity>(std::move(parsed)));
    constexpr std::int64_t kSummary = 2;
    activities.back().resource_state = kSummary;
  }
  return activities;
}

}  // namespace hookspool::strava
