#pragma once

#include <string_view>

#include "base/clock.h"
#include "strava/http_transport.h"
#include "strava/outcome.h"

/// Tells from an answer that is no success what is to be done next: the one place that knows
/// Strava's error bodies.
namespace hookspool::strava {

/// The failure that an answer of the API means whose status is not the one that was expected.
///
/// A 404 or 403 counts as Strava's word on an object only if it is JSON or, for a 404, empty: a
/// page of a proxy or of a wrong api_url must not make anybody believe that an activity is gone.
Failure classify_api_error(const HttpResponse& response, Timestamp now);

/// The failure that an answer of the token endpoint means, whose status is not 200.
///
/// Only a 400 that names the RefreshToken proves that a grant is dead (kStopAthlete); a code that
/// is used up or wrong is kNever; wrong client credentials are kStopApplication.
Failure classify_token_error(const HttpResponse& response, Timestamp now);

/// The failure that an answer of a subscription call means; these are authenticated by the client
/// credentials, so that a 401 or 403 stops the application. Says what to do about each complaint
/// that Strava has about a callback. Its status is not the one that was expected.
Failure classify_subscription_error(const HttpResponse& response, Timestamp now);

/// A success whose body is not what it must be: later, since half an answer is no answer.
Failure unusable_answer(const HttpResponse& response, std::string_view complaint);

/// No answer at all: later.
Failure no_answer(const TransportFailure& failure);

/// An answer's status and what Strava's error body says, in one line that fits into a message:
/// "400 Bad Request (Application client_id invalid)". Never the body of a success.
std::string summary_of(const HttpResponse& response);

}  // namespace hookspool::strava
