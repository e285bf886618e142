#pragma once

#include <json/json.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "strava_sim/identifiers.h"

namespace hookspool::strava_sim {

enum class Visibility { kEveryone, kFollowersOnly, kOnlyMe };

/// "everyone", "followers_only", "only_me"
const char* visibility_name(Visibility visibility);
std::optional<Visibility> visibility_named(const std::string& name);

/// What the simulated Strava remembers of an activity. Everything else that an answer shows is
/// worked out from the id when it is asked for, always the same: five thousand activities fit into
/// little memory.
struct Activity {
  ActivityId id{};
  AthleteId athlete{};
  std::string name;
  std::string sport_type;
  Visibility visibility = Visibility::kEveryone;
  std::chrono::sys_seconds start;
  std::chrono::sys_seconds created;  ///< when it appeared on Strava
  bool manual = false;               ///< typed in: no track, no sensors, no streams
  bool trainer = false;              ///< indoors: sensors but no positions

  Json::Value overrides = Json::Value(Json::objectValue);  ///< fields that a test fixed
  std::vector<std::string> absent;                         ///< fields that a test removed

  bool only_me() const { return visibility == Visibility::kOnlyMe; }
};

}  // namespace hookspool::strava_sim
