#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace hookspool::strava_sim {

enum class DaylightSaving { kNone, kEurope, kNorthAmerica };

/// A place's time as Strava writes it.
struct TimeZone {
  const char* name;               ///< "America/New_York"
  std::chrono::minutes standard;  ///< offset from UTC without daylight saving
  DaylightSaving daylight_saving = DaylightSaving::kNone;

  /// The offset in force at `time`.
  std::chrono::minutes offset_at(std::chrono::sys_seconds time) const;

  /// "(GMT-05:00) America/New_York": always the standard offset.
  std::string label() const;
};

/// "2026-10-08T06:30:00Z"
std::string iso8601(std::chrono::sys_seconds time);

/// The opposite; also with fractions of a second, which are dropped. Nothing if it is another form.
std::optional<std::chrono::sys_seconds> parse_iso8601(const std::string& text);

}  // namespace hookspool::strava_sim
