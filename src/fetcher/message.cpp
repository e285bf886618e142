#include "fetcher/message.h"

#include <json/value.h>
#include <json/writer.h>

#include <optional>

#include "base/clock.h"
#include "store/activities.h"

namespace hookspool::fetcher {
namespace {

template <typename T>
Json::Value value_of(const std::optional<T>& value) {
  return value ? Json::Value(*value) : Json::Value();
}

Json::Value seconds_of(const std::optional<std::int64_t>& value) {
  return value ? Json::Value(static_cast<Json::Int64>(*value)) : Json::Value();
}

Json::Value id_of(std::int64_t id) {
  return {static_cast<Json::Int64>(id)};
}

/// In Strava's names.
Json::Value activity_of(const store::StoredActivity& stored) {
  Json::Value activity;
  activity["id"] = id_of(static_cast<std::int64_t>(stored.id));
  activity["name"] = value_of(stored.name);
  activity["sport_type"] = value_of(stored.sport_type);
  activity["start_date"] = value_of(stored.start_date);
  activity["start_date_local"] = value_of(stored.start_date_local);
  activity["timezone"] = value_of(stored.timezone);
  activity["distance"] = value_of(stored.distance_m);
  activity["moving_time"] = seconds_of(stored.moving_time_s);
  activity["elapsed_time"] = seconds_of(stored.elapsed_time_s);
  activity["total_elevation_gain"] = value_of(stored.elevation_gain_m);
  activity["visibility"] = value_of(stored.visibility);
  activity["summary_polyline"] = value_of(stored.summary_polyline);
  return activity;
}

}  // namespace

std::string message_of(const store::Notification& notification, store::Database& database) {
  Json::Value message;
  message["id"] = notification.change_id;
  message["type"] = notification.kind;
  message["timestamp"] = to_rfc3339(notification.made);
  Json::Value& data = message["data"];
  if (notification.kind.starts_with("alert.")) {
    data["alert"] = notification.object_type.substr(std::string("alert:").size());
    data["detail"] = notification.detail;
  } else {
    data["object_type"] = notification.object_type;
    data["object_id"] = id_of(notification.object_id);
    data["athlete_id"] = id_of(static_cast<std::int64_t>(notification.athlete_id));
  }
  if (notification.object_type == "activity") {
    const auto stored = store::Activities(database).find(event::ActivityId{notification.object_id});
    data["activity"] = stored ? activity_of(*stored) : Json::Value();
  }
  Json::StreamWriterBuilder writer;
  writer["indentation"] = "";
  writer["precision"] = 15;
  return Json::writeString(writer, message);
}

}  // namespace hookspool::fetcher
