#pragma once

/// The status codes that mean something to us (RFC 9110).
namespace hookspool::strava::http_status {

constexpr int kOk = 200;
constexpr int kCreated = 201;
constexpr int kNoContent = 204;
constexpr int kMultipleChoices = 300;  // the first of the redirects
constexpr int kBadRequest = 400;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kRequestTimeout = 408;
constexpr int kGone = 410;
constexpr int kTooManyRequests = 429;
constexpr int kInternalServerError = 500;

}  // namespace hookspool::strava::http_status
