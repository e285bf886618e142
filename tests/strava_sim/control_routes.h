#pragma once

#include "strava_sim/http_message.h"
#include "strava_sim/simulation.h"

namespace hookspool::strava_sim {

/// The control surface below /_sim/, by which tests drive the simulated Strava. README.md in this
/// folder shows every call. Refusals are {"error":"…"} with 400, 404 or 409.
HttpAnswer answer_control(Simulation& simulation, const HttpRequest& request);

}  // namespace hookspool::strava_sim
