#include "fetcher/gate.h"

#include "base/log.h"
#include "store/pause.h"
#include "store/rate_usage.h"

namespace hookspool::fetcher {
namespace {

bool is_spent(const strava::Allowance& allowance) {
  return allowance.limit > 0 && allowance.is_exhausted();
}

bool is_spent(const std::optional<strava::RateLimit>& limit) {
  return limit && (is_spent(limit->quarter_hour) || is_spent(limit->day));
}

}  // namespace

Gate::Gate(store::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

std::optional<Timestamp> Gate::closed_until() {
  const auto pause = store::Pause(database_).current(clock_.now());
  return pause ? std::optional(pause->until) : std::nullopt;
}

void Gate::close(const std::string& reason, Timestamp until) {
  const Timestamp now = clock_.now();
  store::Pause pause(database_);
  const auto in_force = pause.current(now);
  pause.set(reason, now, until);
  // One line for a pause, however many jobs ran into it.
  if (in_force && in_force->reason == reason) return;
  log::warning("everything waits until " + to_rfc3339_seconds(until) + ": " + reason);
}

void Gate::heed(const strava::RateLimits& limits) {
  if (limits.overall) heeded_.overall = limits.overall;
  if (limits.read) heeded_.read = limits.read;
  heeded_at_ = clock_.now();
  if (!is_spent(limits.read) && !is_spent(limits.overall)) return;
  close("Strava's rate limit is used up", strava::retry_after_rate_limit(limits, clock_.now()));
}

void Gate::record() {
  record("overall", heeded_.overall);
  record("read", heeded_.read);
  heeded_ = {};
}

void Gate::record(const char* counter, const std::optional<strava::RateLimit>& limit) {
  if (!limit) return;
  store::RateUsage(database_).put({counter, limit->quarter_hour.limit, limit->quarter_hour.used,
                                   limit->day.limit, limit->day.used, heeded_at_});
}

void Gate::passed() {
  store::Pause(database_).forget_past(clock_.now());
}

}  // namespace hookspool::fetcher
