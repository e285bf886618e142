#pragma once

#include <json/json.h>

#include "strava_sim/activity.h"

namespace hookspool::strava_sim {

enum class DataForm {
  kSchema,  ///< valid by the public Swagger file
  kLive     ///< also what live answers hold against it: [] for a missing position
};

/// As GET /athlete/activities shows it (SummaryActivity).
Json::Value summary_activity(const Activity& activity, DataForm form);

/// As GET /activities/{id} shows it (DetailedActivity).
/// \param all_efforts  every segment effort, not only the notable ones
Json::Value detailed_activity(const Activity& activity, DataForm form, bool all_efforts);

}  // namespace hookspool::strava_sim
