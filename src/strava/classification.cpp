#include "strava/classification.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <system_error>

#include "strava/error_body.h"
#include "strava/http_status.h"
#include "strava/printable_text.h"
#include "strava/rate_limits.h"

namespace hookspool::strava {
namespace {

/// Longer than any of Strava's messages; a page of a proxy would fill the log.
constexpr std::size_t kLongestQuote = 200;

/// Whoever asks for a longer pause than this is asked again by then.
constexpr std::chrono::seconds kLongestRetryAfter = std::chrono::days(1);

Failure failure(FailureKind kind, const HttpResponse& response, const std::string& advice) {
  return {kind, "Strava answered " + summary_of(response) + advice, std::nullopt, false};
}

/// Strava documents no Retry-After, but what stands in front of it may send one. Seconds only.
std::optional<Timestamp> parse_retry_after(const HttpHeaders& headers, Timestamp now) {
  const auto value = headers.find("Retry-After");
  if (!value) return std::nullopt;
  std::int64_t seconds = 0;
  const char* const end = value->data() + value->size();
  const auto [stop, error] = std::from_chars(value->data(), end, seconds);
  if (error != std::errc{} || stop != end || seconds < 0) return std::nullopt;
  return now + std::min(std::chrono::seconds(seconds), kLongestRetryAfter);
}

Failure rate_limited(const HttpResponse& response, Timestamp now) {
  Failure result = failure(FailureKind::kRateLimited, response, "");
  result.retry_at = retry_after_rate_limit(parse_rate_limits(response.headers), now);
  if (const auto asked = parse_retry_after(response.headers, now)) {
    result.retry_at = std::max(*result.retry_at, *asked);
  }
  return result;
}

/// Years ago Strava's rate limit was a 403; the body tells it from a refusal.
bool means_rate_limit(const HttpResponse& response, const ErrorBody& error) {
  return response.status == http_status::kTooManyRequests ||
         (response.status == http_status::kForbidden &&
          (error.says("rate limit") || error.says("Rate Limit Exceeded")));
}

/// What means the same wherever Strava answers it; nothing if that depends on the call.
std::optional<Failure> classify_common(const HttpResponse& response, const ErrorBody& error,
                                       Timestamp now) {
  if (means_rate_limit(response, error)) return rate_limited(response, now);
  // Nothing of Strava's that we ask for is gone for good but the address.
  if (response.status < http_status::kBadRequest || response.status == http_status::kGone) {
    return failure(FailureKind::kLater, response,
                   ", which is no answer to this request; are api_url and oauth_url right?");
  }
  if (response.status >= http_status::kInternalServerError ||
      response.status == http_status::kRequestTimeout) {
    Failure result = failure(FailureKind::kLater, response, "");
    result.retry_at = parse_retry_after(response.headers, now);
    return result;
  }
  if (response.status == http_status::kForbidden && error.says("Inactive")) {
    return failure(FailureKind::kStopApplication, response,
                   ": the application is inactive, mostly because its owner's Strava subscription "
                   "has lapsed; see https://www.strava.com/settings/api");
  }
  const bool refused = response.status <= http_status::kForbidden && error.names("Application");
  if (refused) {
    return failure(FailureKind::kStopApplication, response,
                   ": are client_id and client_secret right?");
  }
  return std::nullopt;
}

Failure unauthorized(const HttpResponse& response, const ErrorBody& error) {
  if (error.names("AccessToken")) {
    return failure(FailureKind::kStopAthlete, response,
                   ": the athlete did not grant that scope and has to authorize again");
  }
  Failure result = failure(FailureKind::kInvalidAccessToken, response, "");
  result.is_named = error.names("Athlete");
  return result;
}

/// Strava has answered with nothing at all, too.
bool is_about_object(const HttpResponse& response, const std::optional<ErrorBody>& error) {
  return response.body.empty() || (error && error->denies_object());
}

bool is_limit_of_athletes(const HttpResponse& response) {
  return response.status == http_status::kForbidden &&
         response.body.find("Limit of connected athletes") != std::string::npos;
}

/// What a person does about a refusal of their callback.
std::string advice_on_callback(const ErrorBody& error) {
  if (error.says("GET to callback URL does not return 200")) {
    return ": the callback URL did not answer Strava's validation with 200; it must be the final "
           "URL without a redirect, nothing may stand in front (a login, bot protection), and the "
           "receiver must use the same verify_token";
  }
  if (error.says("not verifiable")) {
    return ": Strava could not reach the callback URL, waited more than two seconds, or did not "
           "get its challenge back; the same is said when the application has a subscription "
           "already (hookspoolctl subscriptions)";
  }
  if (error.says("already exists")) {
    return ": the application has a subscription already; hookspoolctl subscriptions shows it, "
           "hookspoolctl unsubscribe removes it";
  }
  return "";
}

}  // namespace

Failure classify_api_error(const HttpResponse& response, Timestamp now) {
  const std::optional<ErrorBody> error = parse_error_body(response.body);
  if (auto common = classify_common(response, error.value_or(ErrorBody{}), now)) return *common;
  if (response.status == http_status::kUnauthorized)
    return unauthorized(response, error.value_or(ErrorBody{}));
  if (response.status == http_status::kNotFound && is_about_object(response, error)) {
    Failure result = failure(FailureKind::kNotFound, response, "");
    result.is_named = error && error->denies_object();
    return result;
  }
  if (response.status != http_status::kNotFound && error)
    return failure(FailureKind::kNever, response, "");
  return failure(FailureKind::kLater, response,
                 ", which does not look like Strava's API; is api_url right?");
}

Failure classify_token_error(const HttpResponse& response, Timestamp now) {
  const std::optional<ErrorBody> parsed = parse_error_body(response.body);
  const ErrorBody error = parsed.value_or(ErrorBody{});
  if (is_limit_of_athletes(response)) {
    return failure(FailureKind::kNever, response,
                   ": the application has as many athletes as Strava allows it");
  }
  if (auto common = classify_common(response, error, now)) return *common;
  if (response.status == http_status::kBadRequest && error.names("RefreshToken")) {
    return failure(FailureKind::kStopAthlete, response,
                   ": the refresh token was revoked or replaced; the athlete has to authorize "
                   "again");
  }
  if (error.names("AuthorizationCode") || error.names("RequestToken")) {
    return failure(FailureKind::kNever, response,
                   ": the code is wrong, used or expired; it works once and not for long");
  }
  // A page is of whoever stands before Strava.
  const bool may_be_stravas = parsed || response.body.empty();
  if (response.status == http_status::kUnauthorized && may_be_stravas) {
    return failure(FailureKind::kStopApplication, response, ": is client_secret right?");
  }
  return failure(FailureKind::kLater, response, "; is oauth_url right?");
}

Failure classify_subscription_error(const HttpResponse& response, Timestamp now) {
  const std::optional<ErrorBody> error = parse_error_body(response.body);
  if (auto common = classify_common(response, error.value_or(ErrorBody{}), now)) return *common;
  if (response.status == http_status::kUnauthorized || response.status == http_status::kForbidden) {
    return failure(FailureKind::kStopApplication, response,
                   ": are client_id and client_secret right?");
  }
  if (response.status == http_status::kNotFound && is_about_object(response, error)) {
    return failure(FailureKind::kNotFound, response, "");
  }
  if (!error) {
    return failure(FailureKind::kLater, response,
                   ", which does not look like Strava's API; is api_url right?");
  }
  return failure(FailureKind::kNever, response, advice_on_callback(*error));
}

Failure unusable_answer(const HttpResponse& response, std::string_view complaint) {
  return {FailureKind::kLater,
          "Strava answered " + std::to_string(response.status) +
              " with a body that is of no use: " + std::string(complaint),
          std::nullopt};
}

Failure no_answer(const TransportFailure& failure) {
  const bool was_sent = failure.fault != TransportFault::kWithdrawn;
  return {was_sent ? FailureKind::kLater : FailureKind::kNotAsked, failure.reason, std::nullopt};
}

std::string summary_of(const HttpResponse& response) {
  std::string text = std::to_string(response.status);
  const std::optional<ErrorBody> error = parse_error_body(response.body);
  if (response.status < http_status::kBadRequest || !error) return text;
  if (!error->message.empty()) text += " " + error->message;
  std::string complaints;
  for (const Complaint& complaint : error->complaints) {
    for (const std::string* part : {&complaint.resource, &complaint.field, &complaint.code}) {
      if (part->empty()) continue;
      if (!complaints.empty()) complaints += ' ';
      complaints += *part;
    }
  }
  if (!complaints.empty()) text += " (" + complaints + ")";
  return printable(text, kLongestQuote);
}

}  // namespace hookspool::strava
