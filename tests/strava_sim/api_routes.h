#pragma once

#include <string>

#include "strava_sim/http_message.h"
#include "strava_sim/simulation.h"

namespace hookspool::strava_sim {

/// The calls that need an access token: activities, streams and the athlete.
/// https://developers.strava.com/docs/reference/
/// \param path  without the base's prefix: "/activities/1"
HttpAnswer answer_api(Simulation& simulation, const HttpRequest& request, const std::string& path);

}  // namespace hookspool::strava_sim
