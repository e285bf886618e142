#pragma once

#include <string>

namespace hookspool::strava_sim {

/// What is typical of a sport, enough to invent an activity.
struct Sport {
  enum class Effort { kFoot, kWheels, kWater, kSnow, kIndoor };

  const char* sport_type;
  Effort effort;
  bool outdoors;  ///< has a track
  double metres_per_second;
  int shortest_minutes;
  int longest_minutes;
};

/// A sport that athletes do; common ones come more often.
/// \param roll  any number; the same number gives the same sport
const Sport& typical_sport(unsigned roll);

/// The sport of that name. Names that are not in the table get the traits of a workout.
Sport sport_named(const std::string& sport_type);

/// The deprecated `type` that goes with a sport_type: TrailRun is a Run. Types that Strava added
/// after `type` was frozen are a Workout.
std::string legacy_type(const std::string& sport_type);

}  // namespace hookspool::strava_sim
