#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "strava/http_headers.h"

namespace hookspool::strava {

/// Strava's clock and ours need not agree to the second, and a request that comes too early counts
/// against the day.
inline constexpr std::chrono::seconds kClockMargin{5};

/// Requests allowed in a window, and requests made in it so far.
struct Allowance {
  std::int64_t limit = 0;
  std::int64_t used = 0;
  /// Nobody is allowed nothing: a limit of zero is a slip in a header, and says as little as none.
  bool is_known() const { return limit > 0; }
  bool is_exhausted() const { return is_known() && used >= limit; }
  bool operator==(const Allowance&) const = default;
};

/// One of Strava's counters. Its windows turn at :00, :15, :30, :45, and at midnight UTC.
struct RateLimit {
  Allowance quarter_hour;
  Allowance day;
  bool operator==(const RateLimit&) const = default;
};

/// What an answer said of the application's counters; either may be missing, as on some answers of
/// streams. `read` counts what uploads nothing, and is mostly the smaller one.
struct RateLimits {
  std::optional<RateLimit> overall;
  std::optional<RateLimit> read;
  bool operator==(const RateLimits&) const = default;
};

/// Reads X-RateLimit-Limit, X-RateLimit-Usage and their X-ReadRateLimit forms. A counter whose
/// headers are missing or no two numbers each is missing in the result.
RateLimits parse_rate_limits(const HttpHeaders& headers);

/// The first moment of the next quarter of an hour, and of the next day in UTC.
Timestamp next_quarter_hour(Timestamp now);
Timestamp next_utc_midnight(Timestamp now);

/// When the next request may go after a 429 at `now`: when the day turns if the day's allowance is
/// used up, else when the quarter of an hour does, and a few seconds more.
Timestamp retry_after_rate_limit(const RateLimits& limits, Timestamp now);

}  // namespace hookspool::strava
