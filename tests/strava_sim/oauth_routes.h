#pragma once

#include "strava_sim/http_message.h"
#include "strava_sim/simulation.h"

namespace hookspool::strava_sim {

/// The endpoints of https://developers.strava.com/docs/authentication/. All take the simulation's
/// mutex themselves.

/// GET /oauth/authorize: the redirect, as if the athlete had clicked at once.
HttpAnswer answer_authorize(Simulation& simulation, const HttpRequest& request);

/// POST /oauth/token: code exchange and refresh.
HttpAnswer answer_token(Simulation& simulation, const HttpRequest& request);

/// POST /oauth/revoke
HttpAnswer answer_revoke(Simulation& simulation, const HttpRequest& request);

/// POST /oauth/deauthorize, until it is retired.
HttpAnswer answer_deauthorize(Simulation& simulation, const HttpRequest& request);

/// The access token of a request to the API: in the header or, unless a switch forbids it, as a
/// parameter. Empty if there is none.
std::string access_token_of(const HttpRequest& request, const Switches& switches);

}  // namespace hookspool::strava_sim
