#include "strava_sim/track.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>

#include "strava_sim/dice.h"

namespace hookspool::strava_sim {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

struct Place {
  const char* city;
  Coordinate position;
  double altitude;
  TimeZone zone;
};

/// Every hemisphere, half-hour offsets, and places beside the meridian and the date line.
constexpr Place kPlaces[] = {
    {"Zürich", {47.3769, 8.5417}, 408, {"Europe/Zurich", hours(1), DaylightSaving::kEurope}},
    {"New York",
     {40.7812, -73.9665},
     20,
     {"America/New_York", hours(-5), DaylightSaving::kNorthAmerica}},
    {"London", {51.5033, -0.1195}, 11, {"Europe/London", hours(0), DaylightSaving::kEurope}},
    {"São Paulo", {-23.5874, -46.6576}, 760, {"America/Sao_Paulo", hours(-3)}},
    {"Kathmandu", {27.7172, 85.324}, 1400, {"Asia/Katmandu", hours(5) + minutes(45)}},
    {"Suva", {-18.1416, 178.4419}, 6, {"Pacific/Fiji", hours(12)}},
    {"Boulder",
     {40.015, -105.2705},
     1655,
     {"America/Denver", hours(-7), DaylightSaving::kNorthAmerica}},
    {"Nairobi", {-1.2921, 36.8219}, 1795, {"Africa/Nairobi", hours(3)}},
};

/// Enough for a map and for every stream, few enough to invent a track within a millisecond.
constexpr int kMostPoints = 600;

constexpr double kMetresPerDegree = 111320;

double rounded(double value, double steps_per_unit) {
  return std::round(value * steps_per_unit) / steps_per_unit;
}

std::uint64_t seed_of(ActivityId id) {
  return static_cast<std::uint64_t>(number(id));
}

int minutes_of(const Sport& sport, Dice& dice) {
  return dice.between(sport.shortest_minutes, sport.longest_minutes);
}

void choose_sensors(Track& track, const Activity& activity, Dice& dice) {
  const bool wheels = track.sport.effort == Sport::Effort::kWheels;
  const bool foot = track.sport.effort == Sport::Effort::kFoot;
  track.has_positions = track.sport.outdoors && !activity.trainer;
  track.has_distance = track.sport.metres_per_second > 0;
  track.has_altitude = track.has_positions && !dice.one_in(9);
  track.has_heartrate = !dice.one_in(3);
  track.has_cadence = (wheels || foot) && !dice.one_in(3);
  track.has_watts = wheels && dice.one_in(2);
  track.has_temperature = track.has_positions && dice.one_in(2);
}

/// Walks with a slowly turning heading from the place's centre.
void walk(Track& track, const Place& place, Dice& dice) {
  const int steps = std::min(kMostPoints, track.moving_seconds / 5);
  const int pause = track.elapsed_seconds - track.moving_seconds;
  const int pause_at = dice.between(1, std::max(1, steps - 1));
  const double base_speed = track.sport.metres_per_second * dice.between(0.85, 1.15);
  double heading = dice.between(0.0, 2 * std::numbers::pi);

  TrackPoint point;
  point.position = {place.position.latitude + dice.between(-0.02, 0.02),
                    place.position.longitude + dice.between(-0.02, 0.02)};
  point.altitude = place.altitude;
  const int base_heartrate = dice.between(105, 150);
  const int base_temperature = dice.between(-8, 31);
  int paused = 0;
  for (int step = 0; step <= steps; ++step) {
    if (step == pause_at) paused = pause;
    const int seconds =
        static_cast<int>(static_cast<long>(track.moving_seconds) * step / steps) + paused;
    const int moving_seconds =
        step == 0 ? 0 : seconds - point.seconds - (step == pause_at ? pause : 0);
    const double speed = base_speed * (1 + 0.25 * std::sin(step / 17.0) + dice.between(-0.1, 0.1));
    const double advance = speed * moving_seconds;
    heading += dice.between(-0.3, 0.3) + 0.02;

    const double altitude_before = point.altitude;
    point.altitude = place.altitude + 40 * std::sin(step / 45.0) + 6 * std::sin(step / 7.0);
    point.position.latitude += advance * std::cos(heading) / kMetresPerDegree;
    point.position.longitude +=
        advance * std::sin(heading) /
        (kMetresPerDegree * std::cos(point.position.latitude * std::numbers::pi / 180));
    point.seconds = seconds;
    point.metres += advance;
    point.metres_per_second = step == 0 ? 0 : speed;
    point.grade_percent = advance > 1 ? 100 * (point.altitude - altitude_before) / advance : 0;
    point.heartrate =
        base_heartrate + static_cast<int>(20 * std::sin(step / 31.0)) + std::min(step / 10, 20);
    point.cadence =
        track.sport.effort == Sport::Effort::kWheels ? dice.between(70, 100) : dice.between(78, 92);
    point.watts =
        std::max(0, 180 + static_cast<int>(12 * point.grade_percent) + dice.between(-40, 40));
    point.temperature = base_temperature + step / 200;
    point.moving = step != 0 && step != pause_at;

    TrackPoint recorded = point;
    recorded.position = {rounded(point.position.latitude, 1e6),
                         rounded(point.position.longitude, 1e6)};
    recorded.metres = rounded(point.metres, 10);
    recorded.altitude = rounded(point.altitude, 10);
    recorded.metres_per_second = rounded(point.metres_per_second, 1000);
    recorded.grade_percent = rounded(point.grade_percent, 10);
    track.points.push_back(recorded);
  }
}

}  // namespace

std::vector<Coordinate> Track::positions() const {
  std::vector<Coordinate> result;
  if (!has_positions) return result;
  result.reserve(points.size());
  for (const TrackPoint& point : points) result.push_back(point.position);
  return result;
}

int elapsed_seconds_of(ActivityId id, const std::string& sport_type) {
  Dice dice(seed_of(id));
  return minutes_of(sport_named(sport_type), dice) * 60 + dice.between(0, 59);
}

Track track_of(const Activity& activity) {
  Track track{};
  track.sport = sport_named(activity.sport_type);
  // Athletes mostly stay where they live.
  Dice home(static_cast<std::uint64_t>(number(activity.athlete)));
  const Place& place = home.pick(kPlaces);
  track.zone = place.zone;
  track.city = place.city;
  track.elapsed_seconds = elapsed_seconds_of(activity.id, activity.sport_type);

  Dice dice(seed_of(activity.id) ^ 0x7261636bU);
  const bool pauses = dice.one_in(2);
  track.moving_seconds = pauses ? track.elapsed_seconds - dice.between(5, track.elapsed_seconds / 5)
                                : track.elapsed_seconds;
  choose_sensors(track, activity, dice);
  if (!activity.manual) walk(track, place, dice);
  if (activity.manual) {
    track.has_positions = track.has_altitude = track.has_heartrate = false;
    track.has_cadence = track.has_watts = track.has_temperature = false;
  }
  return track;
}

}  // namespace hookspool::strava_sim
