#include "ctl/activity_text.h"

#include <fmt/core.h>

#include "ctl/id_text.h"

namespace hookspool::ctl {
namespace {

constexpr const char* kUnknown = "-";

template <typename T>
Json::Value or_null(const std::optional<T>& value) {
  return value ? Json::Value(*value) : Json::Value();
}

Json::Value or_null(const std::optional<std::int64_t>& value) {
  return value ? Json::Value(static_cast<Json::Int64>(*value)) : Json::Value();
}

}  // namespace

std::string kilometres(std::optional<double> metres) {
  if (!metres) return kUnknown;
  return fmt::format("{:.1f}", *metres / 1000);
}

std::string metres(std::optional<double> metres) {
  if (!metres) return kUnknown;
  return fmt::format("{:.0f}", *metres);
}

std::string duration(std::optional<std::int64_t> seconds) {
  if (!seconds) return kUnknown;
  return fmt::format("{}:{:02}:{:02}", *seconds / 3600, *seconds / 60 % 60, *seconds % 60);
}

std::string known(const std::optional<std::string>& text) {
  return text.value_or(kUnknown);
}

Json::Value columns_of(const store::StoredActivity& activity) {
  Json::Value value;
  value["id"] = json_of(activity.id);
  value["athlete_id"] = json_of(activity.athlete_id);
  value["name"] = or_null(activity.name);
  value["sport_type"] = or_null(activity.sport_type);
  value["start_date"] = or_null(activity.start_date);
  value["start_date_local"] = or_null(activity.start_date_local);
  value["timezone"] = or_null(activity.timezone);
  value["distance_m"] = or_null(activity.distance_m);
  value["moving_time_s"] = or_null(activity.moving_time_s);
  value["elapsed_time_s"] = or_null(activity.elapsed_time_s);
  value["elevation_gain_m"] = or_null(activity.elevation_gain_m);
  value["visibility"] = or_null(activity.visibility);
  value["fetched"] = to_rfc3339(activity.fetched);
  return value;
}

}  // namespace hookspool::ctl
