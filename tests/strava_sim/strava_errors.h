#pragma once

#include <string>

#include "strava_sim/http_message.h"
#include "strava_sim/switches.h"

namespace hookspool::strava_sim {

/// Strava's refusals, in the one form they have:
/// {"message":…,"errors":[{"resource":…,"field":…,"code":…}]}
/// https://developers.strava.com/docs/reference/#api-models-Fault
HttpAnswer refusal(int status, const std::string& message, const std::string& resource,
                   const std::string& field, const std::string& code);

HttpAnswer bad_request(const std::string& resource, const std::string& field,
                       const std::string& code);

/// 401 for an access token that is missing, unknown, expired or revoked.
HttpAnswer bad_access_token();

/// 401 for a token without the scope `permission`, like "activity:read_permission".
HttpAnswer missing_scope(const std::string& permission);

/// 403 once the subscription of the application's owner has lapsed.
HttpAnswer application_inactive();

HttpAnswer activity_not_found(NotFoundForm form);
HttpAnswer path_not_found();
HttpAnswer rate_limit_exceeded(RateBody form);

/// The answer with `status` that Strava gives for no particular reason: what a fault shows.
HttpAnswer unexplained(int status);

}  // namespace hookspool::strava_sim
