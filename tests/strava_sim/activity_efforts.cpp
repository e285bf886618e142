#include "strava_sim/activity_efforts.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "strava_sim/dice.h"
#include "strava_sim/json_text.h"
#include "strava_sim/local_time.h"

namespace hookspool::strava_sim {

namespace {

/// Near 3136407847427661018, which was seen in 2025: far above 2^53, where doubles lose digits.
constexpr std::int64_t kFirstEffortId = 3'136'407'847'427'000'001;

Json::Value meta(std::int64_t id) {
  Json::Value object = empty_object();
  object["id"] = Json::Int64(id);
  object["resource_state"] = 1;
  return object;
}

/// A stretch of a track between two of its points.
struct Stretch {
  std::size_t first = 0;
  std::size_t last = 0;

  double metres(const Track& track) const {
    return track.points[last].metres - track.points[first].metres;
  }
  int seconds(const Track& track) const {
    return track.points[last].seconds - track.points[first].seconds;
  }
};

/// Consecutive stretches of at least `metres`, the last one being what is left.
std::vector<Stretch> cut_every(const Track& track, double metres) {
  std::vector<Stretch> stretches;
  Stretch stretch;
  for (std::size_t point = 1; point < track.points.size(); ++point) {
    stretch.last = point;
    const bool at_end = point + 1 == track.points.size();
    if (stretch.metres(track) < metres && !at_end) continue;
    stretches.push_back(stretch);
    stretch.first = point;
  }
  return stretches;
}

Json::Value effort(const Activity& activity, const Track& track, const Stretch& stretch) {
  const std::chrono::sys_seconds start =
      activity.start + std::chrono::seconds(track.points[stretch.first].seconds);
  Json::Value json = empty_object();
  json["id"] = Json::Int64(kFirstEffortId + number(activity.id) % 1'000'000'000 * 1000 +
                           static_cast<std::int64_t>(stretch.first));
  json["resource_state"] = 2;
  json["activity"] = meta(number(activity.id));
  json["athlete"] = meta(number(activity.athlete));
  json["elapsed_time"] = stretch.seconds(track);
  json["moving_time"] = stretch.seconds(track);
  json["start_date"] = iso8601(start);
  json["start_date_local"] = iso8601(start + track.zone.offset_at(start));
  json["distance"] = std::round(stretch.metres(track) * 10) / 10;
  json["start_index"] = Json::UInt64(stretch.first);
  json["end_index"] = Json::UInt64(stretch.last);
  return json;
}

double speed(const Track& track, const Stretch& stretch) {
  const int seconds = stretch.seconds(track);
  return seconds == 0 ? 0 : std::round(1000 * stretch.metres(track) / seconds) / 1000;
}

Json::Value splits(const Track& track, double metres) {
  Json::Value list = empty_array();
  for (const Stretch& stretch : cut_every(track, metres)) {
    Json::Value split = empty_object();
    split["split"] = Json::UInt(list.size() + 1);
    split["distance"] = std::round(stretch.metres(track) * 10) / 10;
    split["elapsed_time"] = split["moving_time"] = stretch.seconds(track);
    split["average_speed"] = speed(track, stretch);
    split["elevation_difference"] =
        track.has_altitude ? Json::Value(std::round(10 * (track.points[stretch.last].altitude -
                                                          track.points[stretch.first].altitude)) /
                                         10)
                           : Json::Value();
    split["pace_zone"] = 0;
    list.append(split);
  }
  return list;
}

Json::Value position(const TrackPoint& point) {
  Json::Value pair = empty_array();
  pair.append(point.position.latitude);
  pair.append(point.position.longitude);
  return pair;
}

Json::Value segment(const Track& track, const Stretch& stretch, std::int64_t id) {
  Json::Value json = empty_object();
  const TrackPoint& first = track.points[stretch.first];
  const TrackPoint& last = track.points[stretch.last];
  json["id"] = Json::Int64(id);
  json["resource_state"] = 2;
  json["name"] = "Côte n° " + std::to_string(id % 97);
  json["activity_type"] = track.sport.effort == Sport::Effort::kWheels ? "Ride" : "Run";
  json["distance"] = std::round(stretch.metres(track) * 10) / 10;
  json["average_grade"] = last.grade_percent;
  json["maximum_grade"] = std::abs(last.grade_percent) + 2.5;
  json["elevation_high"] = std::max(first.altitude, last.altitude);
  json["elevation_low"] = std::min(first.altitude, last.altitude);
  json["start_latlng"] = position(first);
  json["end_latlng"] = position(last);
  json["climb_category"] = 0;
  json["city"] = track.city;
  json["state"] = Json::Value();
  json["country"] = Json::Value();
  json["private"] = false;
  json["hazardous"] = false;
  json["starred"] = false;
  return json;
}

Json::Value segment_effort(const Activity& activity, const Track& track, const Stretch& stretch,
                           Dice& dice) {
  Json::Value json = effort(activity, track, stretch);
  json["segment"] = segment(track, stretch, dice.between(100'000, 40'000'000));
  json["name"] = json["segment"]["name"];
  if (track.has_heartrate) {
    json["average_heartrate"] = static_cast<double>(track.points[stretch.last].heartrate);
    json["max_heartrate"] = static_cast<double>(track.points[stretch.last].heartrate + 4);
  }
  if (track.has_cadence) {
    json["average_cadence"] = static_cast<double>(track.points[stretch.last].cadence);
  }
  if (track.has_watts) {
    json["average_watts"] = static_cast<double>(track.points[stretch.last].watts);
    json["device_watts"] = true;
  }
  json["pr_rank"] = dice.one_in(4) ? Json::Value(dice.between(1, 3)) : Json::Value();
  json["kom_rank"] = dice.one_in(30) ? Json::Value(dice.between(1, 10)) : Json::Value();
  json["achievements"] = empty_array();
  json["hidden"] = dice.one_in(10);
  return json;
}

}  // namespace

void put_laps(Json::Value& json, const Activity& activity, const Track& track) {
  json["laps"] = empty_array();
  if (!track.has_distance) return;
  Dice dice(static_cast<std::uint64_t>(number(activity.id)) ^ 0x6c617073U);
  const double metres = dice.one_in(2) ? track.metres() + 1 : std::max(1000.0, track.metres() / 8);
  for (const Stretch& stretch : cut_every(track, metres)) {
    Json::Value lap = effort(activity, track, stretch);
    const unsigned lap_number = json["laps"].size() + 1;
    lap["name"] = "Lap " + std::to_string(lap_number);
    lap["lap_index"] = lap["split"] = lap_number;
    lap["average_speed"] = lap["max_speed"] = speed(track, stretch);
    lap["total_elevation_gain"] = 0;
    json["laps"].append(lap);
  }
}

void put_splits(Json::Value& json, const Track& track) {
  if (track.sport.effort != Sport::Effort::kFoot || !track.has_distance) return;
  json["splits_metric"] = splits(track, 1000);
  json["splits_standard"] = splits(track, 1609.34);
}

void put_best_efforts(Json::Value& json, const Activity& activity, const Track& track) {
  if (legacy_type(activity.sport_type) != "Run") return;
  json["best_efforts"] = empty_array();
  const std::pair<const char*, double> distances[] = {
      {"400m", 400}, {"1/2 mile", 804.7}, {"1K", 1000}, {"1 mile", 1609.3}, {"5K", 5000}};
  for (const auto& [name, metres] : distances) {
    const std::vector<Stretch> stretches = cut_every(track, metres);
    if (stretches.empty() || stretches.front().metres(track) < metres) continue;
    Json::Value best = effort(activity, track, stretches.front());
    best["name"] = name;
    best["pr_rank"] = Json::Value();
    best["achievements"] = empty_array();
    json["best_efforts"].append(best);
  }
}

void put_segment_efforts(Json::Value& json, const Activity& activity, const Track& track,
                         bool all) {
  json["segment_efforts"] = empty_array();
  const bool has_segments =
      track.sport.effort == Sport::Effort::kWheels || track.sport.effort == Sport::Effort::kFoot;
  if (!track.has_positions || !has_segments || track.points.size() < 100) return;
  Dice dice(static_cast<std::uint64_t>(number(activity.id)) ^ 0x65666674U);
  const int total = dice.one_in(20) ? 96 : dice.between(0, 12);
  const int shown = all ? total : std::min(total, 6);
  for (int index = 0; index < shown; ++index) {
    Stretch stretch;
    stretch.first =
        static_cast<std::size_t>(dice.between(0, static_cast<int>(track.points.size()) - 50));
    stretch.last = stretch.first + static_cast<std::size_t>(dice.between(5, 45));
    json["segment_efforts"].append(segment_effort(activity, track, stretch, dice));
  }
}

}  // namespace hookspool::strava_sim
