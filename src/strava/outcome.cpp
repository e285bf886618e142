#include "strava/outcome.h"

namespace hookspool::strava {

std::string_view name_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::kNotAsked:
      return "not asked";
    case FailureKind::kLater:
      return "later";
    case FailureKind::kRateLimited:
      return "rate limited";
    case FailureKind::kNotFound:
      return "not found";
    case FailureKind::kNever:
      return "never";
    case FailureKind::kStopAthlete:
      return "athlete stopped";
    case FailureKind::kInvalidAccessToken:
      return "invalid access token";
    case FailureKind::kStopApplication:
      return "application stopped";
  }
  return "later";
}

}  // namespace hookspool::strava
