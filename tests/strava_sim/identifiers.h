#pragma once

#include <cstdint>

namespace hookspool::strava_sim {

/// Distinct types, so that an activity never stands where an athlete should.
enum class AthleteId : std::int64_t {};
enum class ActivityId : std::int64_t {};

constexpr std::int64_t number(AthleteId id) {
  return static_cast<std::int64_t>(id);
}
constexpr std::int64_t number(ActivityId id) {
  return static_cast<std::int64_t>(id);
}

}  // namespace hookspool::strava_sim
