#pragma once

#include "strava_sim/http_message.h"
#include "strava_sim/simulation.h"

namespace hookspool::strava_sim {

/// Answers a request as Strava would, faults on demand included, and records it.
HttpAnswer answer_strava(Simulation& simulation, const HttpRequest& request);

}  // namespace hookspool::strava_sim
