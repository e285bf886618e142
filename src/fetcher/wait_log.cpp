#include "fetcher/wait_log.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "strava/rate_limits.h"

namespace hookspool::fetcher {
namespace {

/// Shorter waits are how the reserve melts, or the turn of a window.
constexpr std::chrono::seconds kWorthSaying{10};

bool is_for_rate_limit(const Wait& wait) {
  const bool is_pause = !wait.reason.empty();
  return !is_pause &&
         (wait.cause == Wait::Cause::kRateLimit || wait.cause == Wait::Cause::kReserve);
}

}  // namespace

void WaitLog::note(const std::vector<Wait>& waits, Timestamp now) {
  std::vector<Wait> news;
  for (const Wait& wait : waits) {
    const bool is_long = wait.due <= now && wait.until - now >= kWorthSaying;
    if (!is_for_rate_limit(wait) || !is_long || was_told(wait.lane, now)) continue;
    news.push_back(wait);
    const Timestamp turns = strava::next_quarter_hour(now) + strava::kClockMargin;
    told_[wait.lane] = {now, std::max(turns, wait.until)};
  }
  if (!news.empty()) log::info("due jobs wait: " + describe(news));
}

/// Nor by a clock that was ahead.
bool WaitLog::was_told(store::Lane lane, Timestamp now) const {
  const auto told = told_.find(lane);
  return told != told_.end() && told->second.at <= now && now < told->second.until;
}

}  // namespace hookspool::fetcher
