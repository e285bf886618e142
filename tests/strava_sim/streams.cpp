#include "strava_sim/streams.h"

#include <algorithm>
#include <functional>

#include "strava_sim/json_text.h"

namespace hookspool::strava_sim {

namespace {

struct StreamKind {
  const char* type;
  std::function<bool(const Track&)> measured;
  std::function<Json::Value(const TrackPoint&)> sample;
};

Json::Value position_sample(const TrackPoint& point) {
  Json::Value pair = empty_array();
  pair.append(point.position.latitude);
  pair.append(point.position.longitude);
  return pair;
}

/// In the order in which Strava's document lists them.
const std::vector<StreamKind>& stream_kinds() {
  using T = Track;
  using P = TrackPoint;
  static const std::vector<StreamKind> kinds = {
      {"time", [](const T&) { return true; }, [](const P& p) { return Json::Value(p.seconds); }},
      {"distance", [](const T& t) { return t.has_distance; },
       [](const P& p) { return Json::Value(p.metres); }},
      {"latlng", [](const T& t) { return t.has_positions; }, position_sample},
      {"altitude", [](const T& t) { return t.has_altitude; },
       [](const P& p) { return Json::Value(p.altitude); }},
      {"velocity_smooth", [](const T& t) { return t.has_distance; },
       [](const P& p) { return Json::Value(p.metres_per_second); }},
      {"heartrate", [](const T& t) { return t.has_heartrate; },
       [](const P& p) { return Json::Value(p.heartrate); }},
      {"cadence", [](const T& t) { return t.has_cadence; },
       [](const P& p) { return Json::Value(p.cadence); }},
      {"watts", [](const T& t) { return t.has_watts; },
       [](const P& p) { return Json::Value(p.watts); }},
      {"temp", [](const T& t) { return t.has_temperature; },
       [](const P& p) { return Json::Value(p.temperature); }},
      {"moving", [](const T&) { return true; }, [](const P& p) { return Json::Value(p.moving); }},
      {"grade_smooth", [](const T& t) { return t.has_altitude; },
       [](const P& p) { return Json::Value(p.grade_percent); }},
  };
  return kinds;
}

const char* resolution_name(Resolution resolution) {
  switch (resolution) {
    case Resolution::kLow:
      return "low";
    case Resolution::kMedium:
      return "medium";
    case Resolution::kHigh:
      return "high";
  }
  return "";
}

/// The sizes that the Swagger file gives: 100, 1,000 and 10,000 samples at most.
std::size_t most_samples(Resolution resolution) {
  switch (resolution) {
    case Resolution::kLow:
      return 100;
    case Resolution::kMedium:
      return 1000;
    case Resolution::kHigh:
      return 10000;
  }
  return 0;
}

/// The recording of 2014 had nulls at other indices in each stream, never in the time.
bool is_gap(const StreamQuery& query, std::size_t kind, std::size_t sample) {
  constexpr std::size_t kOneGapIn = 251;
  return query.nulls && kind != 0 && sample % kOneGapIn == 20 + 7 * kind;
}

}  // namespace

Json::Value streams_of(const Track& track, const StreamQuery& query) {
  const std::vector<StreamKind>& kinds = stream_kinds();
  const auto asked = [&](const std::string& type) {
    if (query.keys.empty()) return type == "distance";
    if (query.distance_unasked && type == "distance") return true;
    return std::find(query.keys.begin(), query.keys.end(), type) != query.keys.end();
  };
  const std::size_t total = track.points.size();
  const std::size_t most = most_samples(query.resolution);
  const std::size_t step = total > most ? (total + most - 1) / most : 1;

  Json::Value answer = query.key_by_type ? empty_object() : empty_array();
  for (std::size_t kind = 0; kind < kinds.size() && total > 0; ++kind) {
    if (!asked(kinds[kind].type) || !kinds[kind].measured(track)) continue;
    Json::Value stream = empty_object();
    Json::Value& data = stream["data"] = empty_array();
    for (std::size_t sample = 0; sample < total; sample += step) {
      data.append(is_gap(query, kind, sample) ? Json::Value()
                                              : kinds[kind].sample(track.points[sample]));
    }
    stream["series_type"] = track.has_distance ? "distance" : "time";
    stream["original_size"] = Json::UInt64(total);
    stream["resolution"] = resolution_name(query.resolution);
    if (query.key_by_type) {
      answer[kinds[kind].type] = stream;
    } else {
      stream["type"] = kinds[kind].type;
      answer.append(stream);
    }
  }
  return answer;
}

}  // namespace hookspool::strava_sim
