#include "strava_sim/sport.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace hookspool::strava_sim {

namespace {

using Effort = Sport::Effort;

/// The first entries are repeated on purpose: most activities are rides and runs.
constexpr Sport kSports[] = {
    {"Run", Effort::kFoot, true, 2.9, 20, 80},
    {"Ride", Effort::kWheels, true, 7.2, 30, 240},
    {"Run", Effort::kFoot, true, 3.2, 15, 60},
    {"Ride", Effort::kWheels, true, 6.1, 20, 120},
    {"Walk", Effort::kFoot, true, 1.4, 15, 90},
    {"TrailRun", Effort::kFoot, true, 2.4, 40, 180},
    {"GravelRide", Effort::kWheels, true, 5.8, 60, 240},
    {"VirtualRide", Effort::kWheels, true, 8.3, 30, 90},
    {"Hike", Effort::kFoot, true, 1.1, 60, 300},
    {"Swim", Effort::kWater, false, 0.9, 20, 60},
    {"WeightTraining", Effort::kIndoor, false, 0, 20, 75},
    {"MountainBikeRide", Effort::kWheels, true, 4.4, 45, 180},
    {"Yoga", Effort::kIndoor, false, 0, 20, 60},
    {"NordicSki", Effort::kSnow, true, 3.3, 40, 150},
    {"EBikeRide", Effort::kWheels, true, 6.5, 20, 120},
    {"Rowing", Effort::kWater, true, 3.6, 30, 90},
    {"VirtualRun", Effort::kFoot, true, 2.8, 20, 60},
    {"Workout", Effort::kIndoor, false, 0, 15, 60},
    {"AlpineSki", Effort::kSnow, true, 5.0, 90, 300},
    {"EMountainBikeRide", Effort::kWheels, true, 4.9, 45, 180},
    {"Pickleball", Effort::kIndoor, false, 0, 30, 120},
    {"Padel", Effort::kIndoor, false, 0, 60, 90},
    {"HighIntensityIntervalTraining", Effort::kIndoor, false, 0, 10, 45},
    {"Kayaking", Effort::kWater, true, 1.9, 40, 180},
};

constexpr Sport kUnknownSport = {"", Effort::kIndoor, false, 0, 20, 60};

}  // namespace

const Sport& typical_sport(unsigned roll) {
  return kSports[roll % std::size(kSports)];
}

Sport sport_named(const std::string& sport_type) {
  const auto found = std::find_if(std::begin(kSports), std::end(kSports), [&](const Sport& sport) {
    return sport.sport_type == sport_type;
  });
  return found == std::end(kSports) ? kUnknownSport : *found;
}

std::string legacy_type(const std::string& sport_type) {
  static const std::map<std::string, std::string> renamed = {{"EMountainBikeRide", "EBikeRide"},
                                                             {"GravelRide", "Ride"},
                                                             {"MountainBikeRide", "Ride"},
                                                             {"TrailRun", "Run"},
                                                             {"VirtualRow", "Rowing"}};
  static const std::set<std::string> frozen = {"AlpineSki",
                                               "BackcountrySki",
                                               "Canoeing",
                                               "Crossfit",
                                               "EBikeRide",
                                               "Elliptical",
                                               "Golf",
                                               "Handcycle",
                                               "Hike",
                                               "IceSkate",
                                               "InlineSkate",
                                               "Kayaking",
                                               "Kitesurf",
                                               "NordicSki",
                                               "Ride",
                                               "RockClimbing",
                                               "RollerSki",
                                               "Rowing",
                                               "Run",
                                               "Sail",
                                               "Skateboard",
                                               "Snowboard",
                                               "Snowshoe",
                                               "Soccer",
                                               "StairStepper",
                                               "StandUpPaddling",
                                               "Surfing",
                                               "Swim",
                                               "Velomobile",
                                               "VirtualRide",
                                               "VirtualRun",
                                               "Walk",
                                               "WeightTraining",
                                               "Wheelchair",
                                               "Windsurf",
                                               "Workout",
                                               "Yoga"};
  const auto found = renamed.find(sport_type);
  if (found != renamed.end()) return found->second;
  return frozen.count(sport_type) != 0 ? sport_type : "Workout";
}

}  // namespace hookspool::strava_sim
