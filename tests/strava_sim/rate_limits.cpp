#include "strava_sim/rate_limits.h"

#include <ratio>

namespace hookspool::strava_sim {

namespace {

using QuarterHours = std::chrono::duration<long, std::ratio<15 * 60>>;

bool within(const RateFigures& usage, const RateFigures& limit) {
  return usage.quarter_hour <= limit.quarter_hour && usage.day <= limit.day;
}

void add_one(RateFigures& usage) {
  ++usage.quarter_hour;
  ++usage.day;
}

}  // namespace

void RateLimits::open_windows(std::chrono::sys_seconds now) {
  const std::chrono::sys_seconds quarter_hour = std::chrono::floor<QuarterHours>(now);
  const std::chrono::sys_days day = std::chrono::floor<std::chrono::days>(now);
  if (quarter_hour != quarter_hour_) overall_.quarter_hour = read_.quarter_hour = 0;
  if (day != day_) overall_.day = read_.day = 0;
  quarter_hour_ = quarter_hour;
  day_ = day;
}

RateLimits::Verdict RateLimits::count(std::chrono::sys_seconds now, Kind kind,
                                      const RateFigures& overall, const RateFigures& read) {
  open_windows(now);
  add_one(overall_);
  if (kind == Kind::kRead) add_one(read_);

  const bool read_allowed = kind == Kind::kUpload || within(read_, read);
  return {within(overall_, overall) && read_allowed, overall_, read_};
}

}  // namespace hookspool::strava_sim
