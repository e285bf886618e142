#pragma once

#include <json/json.h>

#include "strava_sim/activity.h"
#include "strava_sim/track.h"

namespace hookspool::strava_sim {

/// The lists inside a detailed activity that are cut from its track. Each adds its members to
/// `json`, or none where Strava has none for such an activity.
void put_laps(Json::Value& json, const Activity& activity, const Track& track);
void put_splits(Json::Value& json, const Track& track);
void put_best_efforts(Json::Value& json, const Activity& activity, const Track& track);

/// \param all  every effort, which for one activity in twenty makes an answer of over 80 KB
void put_segment_efforts(Json::Value& json, const Activity& activity, const Track& track, bool all);

}  // namespace hookspool::strava_sim
