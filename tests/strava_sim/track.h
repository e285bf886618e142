#pragma once

#include <vector>

#include "strava_sim/activity.h"
#include "strava_sim/local_time.h"
#include "strava_sim/polyline.h"
#include "strava_sim/sport.h"

namespace hookspool::strava_sim {

/// One sample of a recording.
struct TrackPoint {
  int seconds = 0;  ///< since the start
  double metres = 0;
  Coordinate position;
  double altitude = 0;
  double metres_per_second = 0;
  double grade_percent = 0;
  int heartrate = 0;
  int cadence = 0;
  int watts = 0;
  int temperature = 0;
  bool moving = true;
};

/// What a device recorded. The points hold every value; the flags tell which of them the athlete's
/// device could measure, and only those may be shown.
struct Track {
  Sport sport;
  TimeZone zone;
  const char* city;
  std::vector<TrackPoint> points;  ///< empty for a manual activity
  int elapsed_seconds = 0;
  int moving_seconds = 0;
  bool has_positions = false;
  bool has_distance = false;
  bool has_altitude = false;
  bool has_heartrate = false;
  bool has_cadence = false;
  bool has_watts = false;
  bool has_temperature = false;

  double metres() const { return points.empty() ? 0 : points.back().metres; }
  std::vector<Coordinate> positions() const;
};

/// The recording behind an activity: always the same one for the same id.
Track track_of(const Activity& activity);

/// How long an activity of that id lasts, without working out its track.
int elapsed_seconds_of(ActivityId id, const std::string& sport_type);

}  // namespace hookspool::strava_sim
