#include "strava_sim/event.h"

#include <utility>
#include <vector>

#include "strava_sim/json_text.h"

namespace hookspool::strava_sim {

using std::chrono::sys_seconds;

namespace {

Event activity_event(const Activity& activity, const char* aspect, sys_seconds now) {
  Event event;
  event.object_type = "activity";
  event.object_id = number(activity.id);
  event.aspect_type = aspect;
  event.owner = activity.athlete;
  event.time = now;
  return event;
}

bool visible_to(const Scopes& granted, const Activity& activity) {
  return granted.read_all_activities() || !activity.only_me();
}

void shuffle(std::vector<std::string>& members, Dice& dice) {
  for (std::size_t left = members.size(); left > 1; --left) {
    std::swap(members[left - 1], members[dice.next() % left]);
  }
}

Json::Value updates_in_form(const Event& event, const EventForm& form) {
  Json::Value updates = event.updates;
  if (form.private_as_boolean && updates.isMember("private")) {
    updates["private"] = updates["private"].asString() == "true";
  }
  if (form.unknown_keys && !updates.empty()) updates["sport_type"] = "Ride";
  return updates;
}

}  // namespace

std::optional<Event> created_event(const Activity& activity, const Scopes& granted,
                                   sys_seconds now) {
  if (!granted.activity_events() || !visible_to(granted, activity)) return std::nullopt;
  return activity_event(activity, "create", now);
}

std::optional<Event> changed_event(const Activity& before, const Activity& after,
                                   const Scopes& granted, sys_seconds now) {
  if (!granted.activity_events()) return std::nullopt;
  const bool saw = visible_to(granted, before);
  const bool sees = visible_to(granted, after);
  if (!saw && !sees) return std::nullopt;
  // Without activity:read_all an activity that hides looks deleted, one that comes back looks new.
  if (saw != sees) return activity_event(after, sees ? "create" : "delete", now);

  Event event = activity_event(after, "update", now);
  if (before.name != after.name) event.updates["title"] = after.name;
  if (before.sport_type != after.sport_type) event.updates["type"] = after.sport_type;
  if (before.only_me() != after.only_me())
    event.updates["private"] = after.only_me() ? "true" : "false";
  if (event.updates.empty()) return std::nullopt;
  return event;
}

std::optional<Event> deleted_event(const Activity& activity, const Scopes& granted,
                                   sys_seconds now) {
  if (!granted.activity_events() || !visible_to(granted, activity)) return std::nullopt;
  return activity_event(activity, "delete", now);
}

Event deauthorized_event(AthleteId athlete, sys_seconds now) {
  Event event;
  event.object_type = "athlete";
  event.object_id = number(athlete);
  event.aspect_type = "update";
  event.owner = athlete;
  event.updates["authorized"] = "false";
  event.time = now;
  return event;
}

std::string event_text(const Event& event, std::int64_t subscription_id, const EventForm& form,
                       Dice& dice) {
  std::vector<std::string> members;
  const auto add = [&](const std::string& name, const Json::Value& value) {
    members.push_back(to_text(name) + ":" + to_text(value));
  };
  add("aspect_type", event.aspect_type);
  add("event_time", Json::Int64(event.time.time_since_epoch().count()));
  add("object_id", Json::Int64(event.object_id));
  add("object_type", event.object_type);
  add("owner_id", Json::Int64(number(event.owner)));
  add("subscription_id", Json::Int64(subscription_id));
  const Json::Value updates = updates_in_form(event, form);
  const bool without_updates = form.updates == UpdatesForm::kMissing ||
                               (form.updates == UpdatesForm::kMissingWhenEmpty && updates.empty());
  if (!without_updates) add("updates", updates);
  if (form.unknown_keys) {
    add("event_version", 2);
    add("source", Json::Value());
  }
  if (form.shuffled_keys) shuffle(members, dice);

  std::string text;
  for (const std::string& member : members) text += (text.empty() ? "{" : ",") + member;
  return text + "}";
}

}  // namespace hookspool::strava_sim
