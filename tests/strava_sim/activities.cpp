#include "strava_sim/activities.h"

#include <algorithm>
#include <stdexcept>

#include "strava_sim/local_time.h"
#include "strava_sim/sport.h"
#include "strava_sim/track.h"

namespace hookspool::strava_sim {

using std::chrono::seconds;
using std::chrono::sys_seconds;

namespace {

const char* const kNames[] = {"Morning Run",
                              "Afternoon Ride",
                              "Lunch Walk",
                              "Über'n Berg & zurück",
                              "朝の散歩",
                              "Тренировка №7",
                              "«Café» <loop> \"again\"",
                              "🚴‍♀️💨",
                              "رحلة قصيرة",
                              "C:\\rides\\new",
                              "Zone 2 – 90′"};

std::string text_field(const Json::Value& value, const std::string& name) {
  if (!value.isString()) throw std::invalid_argument(name + " must be a string");
  return value.asString();
}

bool boolean_field(const Json::Value& value, const std::string& name) {
  if (!value.isBool()) throw std::invalid_argument(name + " must be true or false");
  return value.asBool();
}

sys_seconds time_field(const Json::Value& value, const std::string& name) {
  if (value.isInt64()) return sys_seconds(seconds(value.asInt64()));
  const auto time = parse_iso8601(text_field(value, name));
  if (!time) throw std::invalid_argument(name + " must be like 2026-10-08T06:30:00Z");
  return *time;
}

Visibility visibility_field(const Json::Value& value) {
  const auto visibility = visibility_named(text_field(value, "visibility"));
  if (!visibility) {
    throw std::invalid_argument("visibility must be everyone, followers_only or only_me");
  }
  return *visibility;
}

std::vector<std::string> absent_field(const Json::Value& value) {
  if (!value.isArray()) throw std::invalid_argument("absent must be a list of field names");
  std::vector<std::string> names;
  for (const Json::Value& name : value) names.push_back(text_field(name, "absent"));
  return names;
}

void merge(Activity& activity, const ActivityWish& wish) {
  if (wish.name) activity.name = *wish.name;
  if (wish.sport_type) activity.sport_type = *wish.sport_type;
  if (wish.start) activity.start = *wish.start;
  if (wish.visibility) activity.visibility = *wish.visibility;
  if (wish.manual) activity.manual = *wish.manual;
  if (wish.trainer) activity.trainer = *wish.trainer;
  for (const std::string& name : wish.overrides.getMemberNames()) {
    activity.overrides[name] = wish.overrides[name];
    std::erase(activity.absent, name);
  }
  for (const std::string& name : wish.absent) activity.absent.push_back(name);
}

}  // namespace

ActivityWish activity_wish(const Json::Value& fields) {
  ActivityWish wish;
  for (const std::string& name : fields.getMemberNames()) {
    const Json::Value& value = fields[name];
    if (name == "id" || name == "athlete_id") {
      if (!value.isInt64()) throw std::invalid_argument(name + " must be an integer");
      if (name == "id") wish.id = ActivityId{value.asInt64()};
      if (name == "athlete_id") wish.athlete = AthleteId{value.asInt64()};
    } else if (name == "name" || name == "title") {
      wish.name = text_field(value, name);
    } else if (name == "sport_type") {
      wish.sport_type = text_field(value, name);
    } else if (name == "type") {
      if (!fields.isMember("sport_type")) wish.sport_type = text_field(value, name);
    } else if (name == "start_date") {
      wish.start = time_field(value, name);
    } else if (name == "visibility") {
      wish.visibility = visibility_field(value);
    } else if (name == "private") {
      wish.visibility = boolean_field(value, name) ? Visibility::kOnlyMe : Visibility::kEveryone;
    } else if (name == "manual") {
      wish.manual = boolean_field(value, name);
    } else if (name == "trainer") {
      wish.trainer = boolean_field(value, name);
    } else if (name == "absent") {
      wish.absent = absent_field(value);
    } else if (name != "event" && name != "count") {
      wish.overrides[name] = value;
    }
  }
  return wish;
}

ActivityId Activities::next_id() {
  do {
    last_id_ += dice_.between(1, 4000);
  } while (activities_.count(ActivityId{last_id_}) != 0);
  return ActivityId{last_id_};
}

std::optional<Activity> Activities::create(const ActivityWish& wish, sys_seconds now) {
  if (wish.id && activities_.count(*wish.id) != 0) return std::nullopt;
  Activity activity;
  activity.id = wish.id ? *wish.id : next_id();
  activity.athlete = wish.athlete;
  activity.created = now;
  Dice dice(static_cast<std::uint64_t>(number(activity.id)));
  activity.name = dice.pick(kNames);
  activity.sport_type = typical_sport(static_cast<unsigned>(dice.next())).sport_type;
  activity.manual = dice.one_in(12);
  activity.trainer = activity.sport_type.rfind("Virtual", 0) != 0 && dice.one_in(15);
  merge(activity, wish);
  if (!wish.start) {
    activity.start = now - seconds(elapsed_seconds_of(activity.id, activity.sport_type) + 60);
  }
  activities_[activity.id] = activity;
  return activity;
}

std::optional<Activity> Activities::change(ActivityId id, const ActivityWish& wish) {
  const auto found = activities_.find(id);
  if (found == activities_.end()) return std::nullopt;
  merge(found->second, wish);
  return found->second;
}

std::optional<Activity> Activities::remove(ActivityId id) {
  const auto found = activities_.find(id);
  if (found == activities_.end()) return std::nullopt;
  Activity removed = std::move(found->second);
  activities_.erase(found);
  return removed;
}

std::optional<Activity> Activities::find(ActivityId id) const {
  const auto found = activities_.find(id);
  if (found == activities_.end()) return std::nullopt;
  return found->second;
}

std::vector<Activity> Activities::of_athlete(AthleteId athlete) const {
  std::vector<Activity> result;
  for (const auto& [id, activity] : activities_) {
    if (activity.athlete == athlete) result.push_back(activity);
  }
  std::sort(result.begin(), result.end(), [](const Activity& left, const Activity& right) {
    return left.start != right.start ? left.start > right.start : left.id > right.id;
  });
  return result;
}

}  // namespace hookspool::strava_sim
