#include "strava_sim/local_time.h"

#include <cstdio>
#include <cstdlib>

namespace hookspool::strava_sim {

using namespace std::chrono;

namespace {

bool is_summer_time(const TimeZone& zone, sys_seconds time) {
  const year in_year = year_month_day(floor<days>(time + zone.standard)).year();
  switch (zone.daylight_saving) {
    case DaylightSaving::kNone:
      return false;
    case DaylightSaving::kEurope:
      return time >= sys_days(in_year / March / Sunday[last]) + hours(1) &&
             time < sys_days(in_year / October / Sunday[last]) + hours(1);
    case DaylightSaving::kNorthAmerica:
      return time >= sys_days(in_year / March / Sunday[2]) + hours(2) - zone.standard &&
             time < sys_days(in_year / November / Sunday[1]) + hours(1) - zone.standard;
  }
  return false;
}

}  // namespace

minutes TimeZone::offset_at(sys_seconds time) const {
  return is_summer_time(*this, time) ? standard + hours(1) : standard;
}

std::string TimeZone::label() const {
  const long total = std::abs(static_cast<long>(standard.count()));
  char offset[32];
  std::snprintf(offset, sizeof offset, "(GMT%c%02ld:%02ld) ", standard.count() < 0 ? '-' : '+',
                total / 60, total % 60);
  return std::string(offset) + name;
}

std::string iso8601(sys_seconds time) {
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02ld:%02ld:%02ldZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<long>(clock.hours().count()),
                static_cast<long>(clock.minutes().count()),
                static_cast<long>(clock.seconds().count()));
  return text;
}

std::optional<sys_seconds> parse_iso8601(const std::string& text) {
  int year_number = 0;
  unsigned month_number = 0, day_number = 0;
  int hour = 0, minute = 0, second = 0, length = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d%n", &year_number, &month_number,
                  &day_number, &hour, &minute, &second, &length) != 6) {
    return std::nullopt;
  }
  if (text.back() != 'Z') return std::nullopt;
  const year_month_day date{year(year_number), month(month_number), day(day_number)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
}

}  // namespace hookspool::strava_sim
