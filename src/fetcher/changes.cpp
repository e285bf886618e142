#include "fetcher/changes.h"

#include <utility>

#include "base/random_token.h"
#include "store/notifications.h"

namespace hookspool::fetcher {
namespace {

std::int64_t number(event::ActivityId id) {
  return static_cast<std::int64_t>(id);
}

}  // namespace

Changes::Changes(store::Database& database, const Clock& clock, std::vector<std::string> consumers)
    : database_(database), clock_(clock), consumers_(std::move(consumers)) {}

void Changes::stored(event::ActivityId activity, event::AthleteId athlete) {
  tell("activity.stored", "activity", number(activity), athlete, "");
}

void Changes::updated(event::ActivityId activity, event::AthleteId athlete) {
  tell("activity.updated", "activity", number(activity), athlete, "");
}

void Changes::settled(event::ActivityId activity, event::AthleteId athlete) {
  tell("activity.settled", "activity", number(activity), athlete, "");
}

void Changes::deleted(event::ActivityId activity, event::AthleteId athlete) {
  tell("activity.deleted", "activity", number(activity), athlete, "");
}

void Changes::deauthorized(event::AthleteId athlete) {
  tell("athlete.deauthorized", "athlete", static_cast<std::int64_t>(athlete), athlete, "");
}

void Changes::alert_started(const std::string& name, const std::string& sentence) {
  tell("alert.started", "alert:" + name, 0, {}, sentence);
}

void Changes::alert_ended(const std::string& name, const std::string& sentence) {
  tell("alert.ended", "alert:" + name, 0, {}, sentence);
}

void Changes::tell(const char* kind, const std::string& object_type, std::int64_t object_id,
                   event::AthleteId athlete, const std::string& detail) {
  if (consumers_.empty()) return;
  store::Notification notification;
  notification.change_id = "msg_" + random_token();
  notification.kind = kind;
  notification.object_type = object_type;
  notification.object_id = object_id;
  notification.athlete_id = athlete;
  notification.detail = detail;
  notification.made = clock_.now();
  notification.due = notification.made;
  for (const std::string& consumer : consumers_) {
    notification.consumer = consumer;
    store::Notifications(database_).add(notification);
  }
}

}  // namespace hookspool::fetcher
