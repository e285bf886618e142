#include "fetcher/edits.h"

#include <json/value.h>
#include <json/writer.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "strava/json_body.h"

namespace hookspool::fetcher {
namespace {

/// What an athlete can change, and what follows from that. Not in it: `type`, which follows from
/// sport_type; start_date_local and timezone, which follow from the start.
constexpr std::array kFields{
    "name",        "sport_type",   "workout_type",        "gear_id",    "commute",
    "trainer",     "private",      "visibility",          "flagged",    "hide_from_home",
    "device_name", "start_date",   "start_latlng",        "end_latlng", "distance",
    "moving_time", "elapsed_time", "total_elevation_gain"};

/// Numbers may have gone through different types at Strava.
constexpr double kSameNumber = 1e-6;
/// In older answers coordinates are rounded to two digits. Whoever moves an end of a track changes
/// its line and its length, too.
constexpr double kSameDegrees = 0.01;

/// Strava's ways to say nothing, which it changes over the years: null, "", [], and 0 or false
/// where nothing was ever entered.
bool says_nothing(const Json::Value& value) {
  switch (value.type()) {
    case Json::stringValue:
      return value == "";
    case Json::arrayValue:
    case Json::objectValue:
      return value.empty();
    case Json::booleanValue:
      return !value.asBool();
    case Json::intValue:
    case Json::uintValue:
    case Json::realValue:
      return value.asDouble() == 0;
    case Json::nullValue:
      break;
  }
  return true;
}

bool are_near(const Json::Value& one, const Json::Value& other, double distance) {
  return one.isNumeric() && other.isNumeric() &&
         std::abs(one.asDouble() - other.asDouble()) <= distance;
}

bool are_same(const Json::Value& one, const Json::Value& other) {
  if (says_nothing(one) || says_nothing(other)) return says_nothing(one) && says_nothing(other);
  if (one.isArray() && other.isArray()) {
    return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                      [](const Json::Value& left, const Json::Value& right) {
                        return are_near(left, right, kSameDegrees);
                      });
  }
  return one == other || are_near(one, other, kSameNumber);
}

bool differ_in(const char* field, const Json::Value& listed, const Json::Value& stored) {
  if (!listed.isObject() || !stored.isObject()) return false;
  if (!listed.isMember(field) || !stored.isMember(field)) return false;
  return !are_same(listed[field], stored[field]);
}

}  // namespace

bool tells_of_edit(const std::string& listed, const std::string& stored) {
  const auto now = strava::parse_json(listed);
  const auto then = strava::parse_json(stored);
  if (!now || !then || !now->isObject() || !then->isObject()) return false;
  return differ_in("summary_polyline", (*now)["map"], (*then)["map"]) ||
         std::any_of(kFields.begin(), kFields.end(),
                     [&](const char* field) { return differ_in(field, *now, *then); });
}

std::string words_of(const std::string& listed) {
  const auto activity = strava::parse_json(listed);
  if (!activity || !activity->isObject()) return listed;
  Json::Value compared;
  for (const char* field : kFields) compared[field] = (*activity)[field];
  const Json::Value& map = (*activity)["map"];
  if (map.isObject()) compared["summary_polyline"] = map["summary_polyline"];
  Json::StreamWriterBuilder builder;
  builder["indentation"] = "";
  return Json::writeString(builder, compared);
}

}  // namespace hookspool::fetcher
