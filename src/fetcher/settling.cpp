#include "fetcher/settling.h"

#include <json/value.h>
#include <json/writer.h>

#include <array>

#include "strava/json_body.h"

namespace hookspool::fetcher {
namespace {

using std::chrono::minutes;

constexpr std::array<std::chrono::seconds, 4> kLooks{minutes(5), minutes(15), minutes(45),
                                                     minutes(120)};

/// A look just before the next one would say the same twice.
constexpr std::chrono::seconds kApart{60};

}  // namespace

std::optional<Timestamp> next_look(std::chrono::sys_seconds since, Timestamp now) {
  for (const std::chrono::seconds after : kLooks) {
    if (since + after >= now + kApart) return since + after;
  }
  return std::nullopt;
}

std::string late_parts(const std::string& json) {
  const std::optional<Json::Value> root = strava::parse_json(json);
  if (!root || !root->isObject()) return "";
  Json::Value late;
  for (const char* name : {"distance", "moving_time", "elapsed_time", "total_elevation_gain",
                           "calories", "has_heartrate", "average_watts"}) {
    late[name] = (*root)[name];
  }
  const Json::Value& map = (*root)["map"];
  if (map.isObject()) late["polyline"] = map["polyline"];
  for (const char* name : {"segment_efforts", "best_efforts", "laps", "splits_metric"}) {
    const Json::Value& efforts = (*root)[name];
    late[name] = Json::Value(Json::arrayValue);
    if (!efforts.isArray()) continue;
    for (const Json::Value& effort : efforts) {
      Json::Value brief;
      if (effort.isObject()) {
        brief["id"] = effort["id"];
        brief["elapsed_time"] = effort["elapsed_time"];
        brief["pr_rank"] = effort["pr_rank"];
      }
      late[name].append(brief);
    }
  }
  Json::StreamWriterBuilder writer;
  writer["indentation"] = "";
  return Json::writeString(writer, late);
}

bool same_activity(const std::string& one, const std::string& other) {
  if (one == other) return true;
  auto left = strava::parse_json(one);
  auto right = strava::parse_json(other);
  if (!left || !right || !left->isObject() || !right->isObject()) return false;
  for (const char* name : {"kudos_count", "comment_count", "has_kudoed", "highlighted_kudosers"}) {
    left->removeMember(name);
    right->removeMember(name);
  }
  return *left == *right;
}

bool same_streams(const std::string& one, const std::string& other) {
  if (one == other) return true;
  const auto left = strava::parse_json(one);
  const auto right = strava::parse_json(other);
  return left && right && *left == *right;
}

}  // namespace hookspool::fetcher
