#pragma once

#include <string>

#include "strava_sim/http_message.h"
#include "strava_sim/simulation.h"

namespace hookspool::strava_sim {

/// The calls of https://developers.strava.com/docs/webhooks/ below /push_subscriptions. They need
/// the application's credentials, no access token, and do not count against the rate limits.
/// \param rest  what follows "/push_subscriptions" in the path
HttpAnswer answer_subscriptions(Simulation& simulation, const HttpRequest& request,
                                const std::string& rest);

}  // namespace hookspool::strava_sim
