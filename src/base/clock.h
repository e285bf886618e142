#pragma once

#include <chrono>
#include <string>

namespace hookspool {

/// A moment, to the microsecond, in UTC.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// Where the time comes from, so that tests can set it.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
};

/// "2026-11-23T15:37:05.123456Z" (RFC 3339, UTC, six digits).
std::string to_rfc3339(Timestamp time);

/// "2026-11-23T15:37:05Z": for people and for columns that Strava fills in whole seconds.
std::string to_rfc3339_seconds(Timestamp time);

/// The moment that an RFC 3339 text in UTC ("…Z", with or without a fraction) names.
/// \throws std::invalid_argument  it is no such text
Timestamp from_rfc3339(const std::string& text);

}  // namespace hookspool
