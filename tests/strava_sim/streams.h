#pragma once

#include <json/json.h>

#include <string>
#include <vector>

#include "strava_sim/track.h"

namespace hookspool::strava_sim {

enum class Resolution { kLow, kMedium, kHigh };

struct StreamQuery {
  std::vector<std::string> keys;  ///< none: only distance, as seen in 2025
  bool key_by_type = false;
  Resolution resolution = Resolution::kHigh;
  bool nulls = true;              ///< a few samples of each stream are null
  bool distance_unasked = false;  ///< distance comes even if it was not asked for
};

/// The streams of `track` in the form of GET /activities/{id}/streams: an object by type, or
/// without key_by_type an array. What the device did not measure is missing.
/// https://developers.strava.com/docs/reference/#api-Streams-getActivityStreams
Json::Value streams_of(const Track& track, const StreamQuery& query);

}  // namespace hookspool::strava_sim
