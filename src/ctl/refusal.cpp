#include "ctl/refusal.h"

#include "base/clock.h"

namespace hookspool::ctl {
namespace {

ExitCode exit_code_of(strava::FailureKind kind) {
  switch (kind) {
    case strava::FailureKind::kNotAsked:
    case strava::FailureKind::kLater:
    case strava::FailureKind::kRateLimited:
      return ExitCode::kTryAgain;
    case strava::FailureKind::kNotFound:
      return ExitCode::kNoInput;
    case strava::FailureKind::kStopAthlete:
    case strava::FailureKind::kInvalidAccessToken:
      return ExitCode::kNoPermission;
    case strava::FailureKind::kNever:
    case strava::FailureKind::kStopApplication:
      return ExitCode::kUnavailable;
  }
  return ExitCode::kUnavailable;
}

}  // namespace

Error refusal(const std::string& action, const strava::Failure& failure) {
  std::string message = "cannot " + action + ": " + failure.detail;
  if (failure.retry_at) message += "; try again after " + to_rfc3339_seconds(*failure.retry_at);
  return {exit_code_of(failure.kind), message};
}

}  // namespace hookspool::ctl
