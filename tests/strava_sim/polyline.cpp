#include "strava_sim/polyline.h"

#include <cmath>

namespace hookspool::strava_sim {

namespace {

constexpr int kBitsPerCharacter = 5;
constexpr char kFirstCharacter = '?';

void append_number(std::string& text, long value) {
  // The sign moves to the lowest bit, so that small numbers of either sign stay short.
  unsigned long bits = static_cast<unsigned long>(value) << 1;
  if (value < 0) bits = ~bits;
  while (bits >= 0x20) {
    text += static_cast<char>((0x20 | (bits & 0x1f)) + kFirstCharacter);
    bits >>= kBitsPerCharacter;
  }
  text += static_cast<char>(bits + kFirstCharacter);
}

}  // namespace

std::string encode_polyline(const std::vector<Coordinate>& points) {
  std::string text;
  long latitude_before = 0;
  long longitude_before = 0;
  for (const Coordinate& point : points) {
    const long latitude = std::lround(point.latitude * 1e5);
    const long longitude = std::lround(point.longitude * 1e5);
    append_number(text, latitude - latitude_before);
    append_number(text, longitude - longitude_before);
    latitude_before = latitude;
    longitude_before = longitude;
  }
  return text;
}

}  // namespace hookspool::strava_sim
