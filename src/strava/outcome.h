#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"

namespace hookspool::strava {

/// Why a call did not bring what it should, by what is to be done next.
enum class FailureKind {
  /// The request was taken back before it was sent: nothing was learnt, and the same call may be
  /// made at once.
  kNotAsked,
  /// The network, a 5xx, an answer that makes no sense: the same call may succeed later.
  kLater,
  /// 429: nothing may be asked before `retry_at`, by anybody of this application.
  kRateLimited,
  /// 404: gone, hidden from us, or not there yet. The caller knows which.
  kNotFound,
  /// Strava refuses this object, or this request, for good.
  kNever,
  /// The athlete's grant is dead or too small: this athlete's jobs wait for a new one.
  kStopAthlete,
  /// The access token is not accepted: refresh it once, then call again. A second time it is the
  /// athlete who stops.
  kInvalidAccessToken,
  /// The application is inactive or its credentials are wrong: everything waits for the operator,
  /// no attempt is spent, and nothing is deleted.
  kStopApplication,
};

/// "later", "rate limited", …: for logs and listings.
std::string_view name_of(FailureKind kind);

/// How a call failed.
struct Failure {
  FailureKind kind = FailureKind::kLater;
  /// A sentence for the person who can act, without its full stop; no secret, no control character.
  std::string detail;
  /// Not before this moment; always there with kRateLimited.
  std::optional<Timestamp> retry_at;
  /// With kNotFound and kInvalidAccessToken: Strava's own words name what is gone or refused. An
  /// answer without them may be anybody's, and is no proof on which something may be destroyed.
  bool is_named = false;
};

/// How a call ended.
template <typename T>
using Result = std::variant<T, Failure>;

/// The failure, or nothing if the call succeeded.
template <typename T>
const Failure* failure_of(const Result<T>& result) {
  return std::get_if<Failure>(&result);
}

}  // namespace hookspool::strava
