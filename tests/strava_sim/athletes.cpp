#include "strava_sim/athletes.h"

#include "strava_sim/dice.h"
#include "strava_sim/json_text.h"

namespace hookspool::strava_sim {

namespace {

Json::Value invented_summary(AthleteId id) {
  static const char* const first_names[] = {"Ada", "Björn", "Chiara", "Dîlan", "Emeka", "美咲"};
  static const char* const last_names[] = {"Okafor", "Müller", "O'Neill", "Şahin", "Ito", "Rossi"};
  Dice dice(static_cast<std::uint64_t>(number(id)));
  Json::Value json = empty_object();
  json["id"] = Json::Int64(number(id));
  json["username"] = dice.one_in(3) ? Json::Value() : Json::Value("athlete_" + dice.hex(6));
  json["resource_state"] = 2;
  json["firstname"] = dice.pick(first_names);
  json["lastname"] = dice.pick(last_names);
  json["bio"] = Json::Value();
  json["city"] = dice.one_in(3) ? Json::Value() : Json::Value("Zürich");
  json["state"] = Json::Value();
  json["country"] = Json::Value();
  json["sex"] = dice.one_in(3) ? Json::Value() : Json::Value(dice.one_in(2) ? "F" : "M");
  json["premium"] = json["summit"] = dice.one_in(2);
  json["created_at"] = "2017-03-05T08:12:09Z";
  json["updated_at"] = "2026-09-30T17:40:11Z";
  json["badge_type_id"] = 0;
  json["profile_medium"] = "avatar/athlete/medium.png";
  json["profile"] = "avatar/athlete/large.png";
  json["friend"] = Json::Value();
  json["follower"] = Json::Value();
  return json;
}

}  // namespace

void Athletes::put(AthleteId id, const Json::Value& fields) {
  if (!first_) first_ = id;
  Json::Value& known = fields_.try_emplace(id, empty_object()).first->second;
  for (const std::string& name : fields.getMemberNames()) known[name] = fields[name];
}

std::optional<AthleteId> Athletes::first() const {
  return first_;
}

Json::Value Athletes::summary(AthleteId id) const {
  Json::Value json = invented_summary(id);
  const auto found = fields_.find(id);
  if (found == fields_.end()) return json;
  for (const std::string& name : found->second.getMemberNames()) json[name] = found->second[name];
  return json;
}

Json::Value Athletes::detail(AthleteId id) const {
  Json::Value json = summary(id);
  json["resource_state"] = 3;
  json["weight"] = 68.5;
  json["blocked"] = false;
  json["can_follow"] = true;
  json["follower_count"] = 12;
  json["friend_count"] = 9;
  json["mutual_friend_count"] = 0;
  json["athlete_type"] = 1;
  json["date_preference"] = "%m/%d/%Y";
  json["measurement_preference"] = "meters";
  json["clubs"] = empty_array();
  json["postable_clubs_count"] = 0;
  json["ftp"] = Json::Value();
  json["bikes"] = empty_array();
  json["shoes"] = empty_array();
  return json;
}

}  // namespace hookspool::strava_sim
