#pragma once

#include <string>
#include <vector>

namespace hookspool::strava_sim {

struct Coordinate {
  double latitude = 0;
  double longitude = 0;
};

/// Google's encoded polyline with five decimal places:
/// https://developers.google.com/maps/documentation/utilities/polylinealgorithm
std::string encode_polyline(const std::vector<Coordinate>& points);

}  // namespace hookspool::strava_sim
