#pragma once

#include <string>

#include "config/config.h"

namespace hookspool::strava {

/// The page on which an athlete authorizes the application for everything that hookspool needs:
/// activity:read, without which Strava sends no activity events, and activity:read_all, without
/// which one made private looks deleted. Strava sends the browser on to `redirect_uri`, with
/// `state` and a code. https://developers.strava.com/docs/authentication/
std::string authorization_url(const config::StravaConfig& strava, const std::string& redirect_uri,
                              const std::string& state);

}  // namespace hookspool::strava
