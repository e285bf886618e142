#include "strava_sim/activity_json.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <string>

#include "strava_sim/activity_efforts.h"
#include "strava_sim/dice.h"
#include "strava_sim/json_text.h"
#include "strava_sim/local_time.h"
#include "strava_sim/polyline.h"
#include "strava_sim/track.h"

namespace hookspool::strava_sim {

namespace {

/// As many points as the simplified line of a recorded marathon had.
constexpr std::size_t kSummaryPoints = 86;

/// What an activity does not have in common with the next one, although it would be allowed to.
/// Live answers differ in all of these without a reason that a client could see.
struct Habits {
  explicit Habits(const Activity& activity)
      : dice(static_cast<std::uint64_t>(number(activity.id)) ^ 0x6861626974U),
        whole_as_integer(dice.one_in(2)),
        empty_polyline(dice.one_in(2)),
        hides_start_time(dice.one_in(16)),
        shows_visibility(!dice.one_in(8)),
        missing_position(dice.between(0, 2)) {}

  /// The same field comes as 0 and as 0.0.
  Json::Value decimal(double value) const {
    if (whole_as_integer && value == std::floor(value)) return Json::Int64(value);
    return value;
  }

  Dice dice;
  bool whole_as_integer;
  bool empty_polyline;
  bool hides_start_time;
  bool shows_visibility;
  int missing_position;
};

double rounded(double value, double steps_per_unit) {
  return std::round(value * steps_per_unit) / steps_per_unit;
}

Json::Value meta(std::int64_t id) {
  Json::Value object = empty_object();
  object["id"] = Json::Int64(id);
  object["resource_state"] = 1;
  return object;
}

void put_position(Json::Value& json, const char* name, const std::vector<Coordinate>& positions,
                  bool first, const Habits& habits, DataForm form) {
  if (!positions.empty()) {
    const Coordinate& position = first ? positions.front() : positions.back();
    json[name].append(position.latitude);
    json[name].append(position.longitude);
    return;
  }
  if (habits.missing_position == 0) return;
  json[name] =
      form == DataForm::kLive && habits.missing_position == 1 ? empty_array() : Json::Value();
}

std::vector<Coordinate> simplified(const std::vector<Coordinate>& positions) {
  if (positions.size() <= kSummaryPoints) return positions;
  std::vector<Coordinate> result;
  for (std::size_t point = 0; point < kSummaryPoints; ++point) {
    result.push_back(positions[point * (positions.size() - 1) / (kSummaryPoints - 1)]);
  }
  return result;
}

Json::Value line(const std::vector<Coordinate>& positions, const Habits& habits) {
  if (positions.empty() && !habits.empty_polyline) return Json::Value();
  return encode_polyline(positions);
}

void put_times(Json::Value& json, const Activity& activity, const Track& track,
               const Habits& habits) {
  const std::chrono::minutes offset = track.zone.offset_at(activity.start);
  std::string start = iso8601(activity.start);
  std::string local = iso8601(activity.start + offset);
  if (habits.hides_start_time) {
    start.replace(10, std::string::npos, "T00:00:01Z");
    local.replace(10, std::string::npos, "T00:00:01Z");
  }
  json["start_date"] = start;
  json["start_date_local"] = local;
  json["timezone"] = track.zone.label();
  json["utc_offset"] = static_cast<double>(std::chrono::seconds(offset).count());
  json["moving_time"] = track.moving_seconds;
  json["elapsed_time"] = track.elapsed_seconds;
}

void put_kind(Json::Value& json, const Activity& activity, const Track& track, Habits& habits) {
  json["sport_type"] = activity.sport_type;
  json["type"] = legacy_type(activity.sport_type);
  if (!habits.dice.one_in(3)) json["workout_type"] = Json::Value();
  json["trainer"] = activity.trainer;
  json["commute"] = habits.dice.one_in(6);
  json["manual"] = activity.manual;
  json["private"] = activity.only_me();
  json["flagged"] = false;
  if (habits.shows_visibility) json["visibility"] = visibility_name(activity.visibility);
  if (habits.dice.one_in(2)) json["hide_from_home"] = false;
  if (!activity.manual && !habits.dice.one_in(5)) {
    static const char* const devices[] = {"Garmin Edge 540", "Garmin Forerunner 265",
                                          "COROS PACE 3",    "Apple Watch Series 9",
                                          "Strava App",      "Zwift"};
    json["device_name"] = habits.dice.pick(devices);
  }
  switch (track.sport.effort) {
    case Sport::Effort::kWheels:
      json["gear_id"] = habits.dice.one_in(4) ? Json::Value() : Json::Value("b12345678");
      break;
    case Sport::Effort::kFoot:
      json["gear_id"] = habits.dice.one_in(4) ? Json::Value() : Json::Value("g7654321");
      break;
    default:
      json["gear_id"] = Json::Value();
  }
}

/// Averages over the points, of a value that the athlete's device measured.
template <class Value>
double average(const Track& track, Value value) {
  double sum = 0;
  for (const TrackPoint& point : track.points) sum += value(point);
  return track.points.empty() ? 0 : sum / static_cast<double>(track.points.size());
}

template <class Value>
double highest(const Track& track, Value value) {
  double most = track.points.empty() ? 0 : value(track.points.front());
  for (const TrackPoint& point : track.points) most = std::max<double>(most, value(point));
  return most;
}

double climbed(const Track& track) {
  double metres = 0;
  for (std::size_t point = 1; point < track.points.size(); ++point) {
    metres += std::max(0.0, track.points[point].altitude - track.points[point - 1].altitude);
  }
  return metres;
}

void put_place(Json::Value& json, const Activity& activity, const Track& track,
               const Habits& habits, DataForm form) {
  const std::vector<Coordinate> positions = track.positions();
  json["location_city"] = json["location_state"] = json["location_country"] = Json::Value();
  json["distance"] = habits.decimal(rounded(track.metres(), 10));
  json["total_elevation_gain"] =
      habits.decimal(track.has_altitude ? rounded(climbed(track), 10) : 0);
  if (track.has_altitude) {
    json["elev_high"] = highest(track, [](const TrackPoint& point) { return point.altitude; });
    json["elev_low"] = -highest(track, [](const TrackPoint& point) { return -point.altitude; });
  }
  put_position(json, "start_latlng", positions, true, habits, form);
  put_position(json, "end_latlng", positions, false, habits, form);
  json["map"]["id"] = "a" + std::to_string(number(activity.id));
  json["map"]["summary_polyline"] = line(simplified(positions), habits);
  json["map"]["resource_state"] = 2;
}

void put_effort(Json::Value& json, const Track& track, const Habits& habits) {
  const double speed = track.moving_seconds == 0 ? 0 : track.metres() / track.moving_seconds;
  json["average_speed"] = habits.decimal(rounded(speed, 1000));
  json["max_speed"] = habits.decimal(
      highest(track, [](const TrackPoint& point) { return point.metres_per_second; }));
  if (track.has_cadence) {
    json["average_cadence"] =
        rounded(average(track, [](const TrackPoint& point) { return point.cadence; }), 10);
  }
  if (track.has_temperature) {
    json["average_temp"] =
        static_cast<int>(average(track, [](const TrackPoint& point) { return point.temperature; }));
  }
  if (track.has_watts) {
    const double watts = average(track, [](const TrackPoint& point) { return point.watts; });
    json["average_watts"] = rounded(watts, 10);
    json["weighted_average_watts"] = static_cast<int>(watts * 1.06);
    json["max_watts"] =
        static_cast<int>(highest(track, [](const TrackPoint& point) { return point.watts; }));
    json["kilojoules"] = rounded(watts * track.moving_seconds / 1000, 10);
    json["device_watts"] = true;
  }
  json["has_heartrate"] = track.has_heartrate;
  if (track.has_heartrate) {
    json["average_heartrate"] =
        rounded(average(track, [](const TrackPoint& point) { return point.heartrate; }), 10);
    json["max_heartrate"] = highest(track, [](const TrackPoint& point) { return point.heartrate; });
    json["suffer_score"] = static_cast<double>(track.moving_seconds / 90);
  }
  json["heartrate_opt_out"] = false;
  json["display_hide_heartrate_option"] = track.has_heartrate;
}

/// Strava adds fields without notice.
void put_future_fields(Json::Value& json, Dice& dice) {
  if (!dice.one_in(4)) return;
  json["field_of_the_future"]["list"].append(Json::Value());
  json["field_of_the_future"]["number"] = 1e-7;
}

void put_counts(Json::Value& json, Dice& dice) {
  json["achievement_count"] = dice.between(0, 9);
  json["kudos_count"] = dice.between(0, 60);
  json["comment_count"] = dice.between(0, 5);
  json["athlete_count"] = dice.one_in(5) ? dice.between(2, 12) : 1;
  json["photo_count"] = 0;
  json["total_photo_count"] = dice.one_in(6) ? dice.between(1, 4) : 0;
  json["pr_count"] = dice.between(0, 3);
  json["has_kudoed"] = false;
}

Json::Value summary_of(const Activity& activity, const Track& track, Habits& habits,
                       DataForm form) {
  Json::Value json = empty_object();
  json["id"] = Json::Int64(number(activity.id));
  json["resource_state"] = 2;
  json["athlete"] = meta(number(activity.athlete));
  json["name"] = activity.name;
  if (activity.manual) {
    json["external_id"] = Json::Value();
    json["upload_id"] = Json::Value();
  } else {
    const std::int64_t upload = number(activity.id) + 1'063'000'117;
    json["external_id"] = "garmin_ping_" + std::to_string(upload % 1'000'000'000'000);
    json["upload_id"] = Json::Int64(upload);
    json["upload_id_str"] = std::to_string(upload);
  }
  json["from_accepted_tag"] = false;
  put_kind(json, activity, track, habits);
  put_times(json, activity, track, habits);
  put_place(json, activity, track, habits, form);
  put_effort(json, track, habits);
  put_counts(json, habits.dice);
  put_future_fields(json, habits.dice);
  return json;
}

void put_photos(Json::Value& json, Dice& dice) {
  Json::Value& photos = json["photos"] = empty_object();
  const int count = json["total_photo_count"].asInt();
  photos["count"] = count;
  photos["primary"] = Json::Value();
  if (count == 0) return;
  const std::string name = dice.hex(32);
  Json::Value& primary = photos["primary"] = empty_object();
  primary["unique_id"] = name;
  primary["source"] = 1;
  primary["media_type"] = 1;
  for (const char* size : {"100", "600"}) {
    primary["urls"][size] = "https://photos.example.org/" + name + "-" + size + ".jpg";
  }
  photos["use_primary_photo"] = dice.one_in(2);
}

void put_gear(Json::Value& json) {
  if (json["gear_id"].isNull()) return;
  Json::Value& gear = json["gear"] = empty_object();
  gear["id"] = json["gear_id"];
  gear["primary"] = true;
  gear["name"] = json["gear_id"].asString()[0] == 'b' ? "Stahlroß" : "Night Owl 3";
  gear["resource_state"] = 2;
  gear["distance"] = 1234567;
}

void put_owner_fields(Json::Value& json, Dice& dice) {
  json["perceived_exertion"] = dice.one_in(3) ? Json::Value(dice.between(1, 10)) : Json::Value();
  json["prefer_perceived_exertion"] = false;
  if (dice.one_in(3)) json["private_note"] = "legs heavy, \"slept\" badly";
  json["stats_visibility"] = empty_array();
  for (const char* type : {"heart_rate", "pace", "power", "speed", "calories"}) {
    Json::Value entry = empty_object();
    entry["type"] = type;
    entry["visibility"] = "everyone";
    json["stats_visibility"].append(entry);
  }
  json["available_zones"] = empty_array();
  if (json["has_heartrate"].asBool()) json["available_zones"].append("heartrate");
}

/// What a test fixed or removed has the last word.
void apply_wishes(Json::Value& json, const Activity& activity, bool detailed) {
  static const std::set<std::string> detail_only = {
      "description",   "calories",     "photos",          "gear",       "segment_efforts", "laps",
      "splits_metric", "best_efforts", "splits_standard", "embed_token"};
  for (const std::string& name : activity.overrides.getMemberNames()) {
    if (detailed || detail_only.count(name) == 0) json[name] = activity.overrides[name];
  }
  for (const std::string& name : activity.absent) json.removeMember(name);
}

}  // namespace

Json::Value summary_activity(const Activity& activity, DataForm form) {
  const Track track = track_of(activity);
  Habits habits(activity);
  Json::Value json = summary_of(activity, track, habits, form);
  apply_wishes(json, activity, false);
  return json;
}

Json::Value detailed_activity(const Activity& activity, DataForm form, bool all_efforts) {
  const Track track = track_of(activity);
  Habits habits(activity);
  Json::Value json = summary_of(activity, track, habits, form);
  Dice& dice = habits.dice;

  json["resource_state"] = 3;
  json["map"]["polyline"] = line(track.positions(), habits);
  json["map"]["resource_state"] = 3;
  static const char* const descriptions[] = {"", "Slow & steady.\nThen a <b>café</b>.",
                                             "Ça roule 🚴‍♀️ \\o/", "\"Heimweg\", 12 °C"};
  json["description"] = dice.one_in(3) ? Json::Value() : Json::Value(dice.pick(descriptions));
  json["calories"] = habits.decimal(rounded(track.moving_seconds * dice.between(0.08, 0.22), 10));
  json["embed_token"] = dice.hex(40);
  put_photos(json, dice);
  put_gear(json);
  put_owner_fields(json, dice);
  put_laps(json, activity, track);
  put_splits(json, track);
  put_best_efforts(json, activity, track);
  put_segment_efforts(json, activity, track, all_efforts);
  apply_wishes(json, activity, true);
  return json;
}

}  // namespace hookspool::strava_sim
