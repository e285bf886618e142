#pragma once

#include <json/json.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "strava_sim/activity.h"
#include "strava_sim/dice.h"
#include "strava_sim/scopes.h"

namespace hookspool::strava_sim {

/// What Strava tells a subscriber: https://developers.strava.com/docs/webhooks/
struct Event {
  std::string object_type;
  std::int64_t object_id = 0;
  std::string aspect_type;
  AthleteId owner{};
  Json::Value updates = Json::Value(Json::objectValue);  ///< every value is a string
  std::chrono::sys_seconds time;
};

/// The events that a change on Strava causes, given what the owner granted to the application.
/// Nothing where the application learns nothing.
std::optional<Event> created_event(const Activity& activity, const Scopes& granted,
                                   std::chrono::sys_seconds now);
std::optional<Event> changed_event(const Activity& before, const Activity& after,
                                   const Scopes& granted, std::chrono::sys_seconds now);
std::optional<Event> deleted_event(const Activity& activity, const Scopes& granted,
                                   std::chrono::sys_seconds now);
Event deauthorized_event(AthleteId athlete, std::chrono::sys_seconds now);

enum class UpdatesForm {
  kAlways,  ///< an empty object if there is nothing to tell
  kMissingWhenEmpty,
  kMissing
};

/// The forms in which receivers have seen events.
struct EventForm {
  UpdatesForm updates = UpdatesForm::kAlways;
  bool private_as_boolean = false;
  bool unknown_keys = false;
  bool shuffled_keys = true;
};

/// The body of the POST.
std::string event_text(const Event& event, std::int64_t subscription_id, const EventForm& form,
                       Dice& dice);

}  // namespace hookspool::strava_sim
