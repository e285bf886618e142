#include "strava/rate_budget.h"

#include <algorithm>
#include <cmath>

namespace hookspool::strava {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr seconds kQuarterHour = std::chrono::minutes(15);
constexpr seconds kDay = std::chrono::days(1);

/// A clock that is kept right is set back by no more than this, and its windows stay valid.
constexpr seconds kSmallStep = std::chrono::minutes(1);

/// Those of an application that has not been reviewed, October 2026.
constexpr Allowance kQuarterHourOverall{200, 0};
constexpr Allowance kQuarterHourRead{100, 0};
constexpr Allowance kDayOverall{2000, 0};
constexpr Allowance kDayRead{1000, 0};

void begin_anew(RateWindow& window, seconds length, Timestamp now, Timestamp turns) {
  // If the whole window after it has passed, too, they were counted in that, and it is over.
  if (now >= window.turns + length) window.late = 0;
  window.turns = turns;
  window.taken = window.late;
  window.answered = 0;
  window.overall.used = window.late;
  window.read.used = window.late;
  window.late = 0;
}

Timestamp turn_of(const RateWindow& window) {
  return window.turns + kClockMargin;
}

/// Whether the window was begun by a clock that was ahead of what it says now.
bool was_set_back(const RateWindow& window, seconds length, Timestamp now) {
  return window.turns > now + length + kSmallStep;
}

bool in_doubt(const RateWindow& window, Timestamp now) {
  return now >= window.turns;
}

std::int64_t reserved(const Allowance& allowance, seconds length, microseconds left,
                      double reserve) {
  const double share = std::clamp(
      static_cast<double>(left.count()) / static_cast<double>(microseconds(length).count()), 0.0,
      1.0);
  return static_cast<std::int64_t>(
      std::floor(static_cast<double>(allowance.limit) * reserve * share));
}

std::int64_t payable_of(const Allowance& allowance, seconds length, microseconds left,
                        double reserve) {
  return allowance.limit - allowance.used - reserved(allowance, length, left, reserve);
}

std::int64_t payable_in(const RateWindow& window, seconds length, Timestamp now, double reserve) {
  const microseconds left = window.turns - now;
  return std::min(payable_of(window.overall, length, left, reserve),
                  payable_of(window.read, length, left, reserve));
}

/// When the reserve has melted so far that one more can be paid; the turn if none is left at all.
Timestamp melted_at(const Allowance& allowance, const RateWindow& window, seconds length,
                    double reserve) {
  const std::int64_t unused = allowance.limit - allowance.used;
  if (unused <= 0) return turn_of(window);
  const double kept = static_cast<double>(allowance.limit) * reserve;
  if (kept <= 0) return window.turns - length;
  // reserved() rounds down: it is below `unused` as soon as its exact value is.
  const double share = std::min(1.0, static_cast<double>(unused) / kept);
  const double left = static_cast<double>(microseconds(length).count()) * share;
  return window.turns - microseconds(static_cast<std::int64_t>(left)) + microseconds(1);
}

Timestamp payable_at_in(const RateWindow& window, seconds length, Timestamp now, double reserve) {
  if (payable_in(window, length, now, reserve) > 0) return now;
  return std::max({now, melted_at(window.overall, window, length, reserve),
                   melted_at(window.read, window, length, reserve)});
}

/// `before` of ours had been answered when the request was sent that brought this number.
void correct(Allowance& allowance, const Allowance& said, const RateWindow& window,
             std::int64_t before) {
  allowance.limit = said.limit;
  const std::int64_t maybe_later = std::max<std::int64_t>(window.taken - before - 1, 0);
  const std::int64_t under_way = std::max<std::int64_t>(window.taken - window.answered, 0);
  // Somebody else uses the application, too.
  if (allowance.used < said.used) allowance.used = said.used + under_way;
  // Requests of ours never reached Strava, or were not counted.
  allowance.used = std::min(allowance.used, said.used + maybe_later);
}

void answered_in(RateWindow& window, Timestamp turns, std::int64_t before,
                 const std::optional<Allowance>& overall, const std::optional<Allowance>& read) {
  if (window.turns != turns) {
    // It may have been counted in either window; the limits are as true as ever.
    if (overall) window.overall.limit = overall->limit;
    if (read) window.read.limit = read->limit;
    return;
  }
  ++window.answered;
  if (overall) correct(window.overall, *overall, window, before);
  if (read) correct(window.read, *read, window, before);
}

void give_back_in(RateWindow& window, seconds length, Timestamp turns, Timestamp taken) {
  const bool is_same = window.turns == turns;
  const bool was_late = taken >= turns;
  const bool was_carried_over = was_late && window.turns == turns + length;
  if (!is_same && !was_carried_over) return;
  --window.taken;
  --window.overall.used;
  --window.read.used;
  if (is_same && was_late) --window.late;
}

void take_in(RateWindow& window, Timestamp now) {
  ++window.taken;
  ++window.overall.used;
  ++window.read.used;
  if (in_doubt(window, now)) ++window.late;
}

void spend(RateWindow& window) {
  window.overall.used = std::max(window.overall.used, window.overall.limit);
  window.read.used = std::max(window.read.used, window.read.limit);
}

/// A limit that is none would never let anything be sent again, and so never be corrected.
void suppose_if_unknown(Allowance& allowance, const Allowance& documented) {
  if (!allowance.is_known()) allowance.limit = documented.limit;
}

bool exhausted(const std::optional<RateLimit>& limit, Allowance RateLimit::*window) {
  return limit && ((*limit).*window).is_exhausted();
}

std::optional<Allowance> part(const std::optional<RateLimit>& limit, Allowance RateLimit::*window) {
  if (!limit || !((*limit).*window).is_known()) return std::nullopt;
  return (*limit).*window;
}

}  // namespace

RateBudget::RateBudget() {
  quarter_hour_.overall = kQuarterHourOverall;
  quarter_hour_.read = kQuarterHourRead;
  day_.overall = kDayOverall;
  day_.read = kDayRead;
}

RateBudget::RateBudget(const RateWindow& quarter_hour, const RateWindow& day)
    : quarter_hour_(quarter_hour), day_(day) {
  suppose_if_unknown(quarter_hour_.overall, kQuarterHourOverall);
  suppose_if_unknown(quarter_hour_.read, kQuarterHourRead);
  suppose_if_unknown(day_.overall, kDayOverall);
  suppose_if_unknown(day_.read, kDayRead);
}

void RateBudget::turn(Timestamp now) {
  if (was_set_back(quarter_hour_, kQuarterHour, now)) quarter_hour_.turns = next_quarter_hour(now);
  if (was_set_back(day_, kDay, now)) day_.turns = next_utc_midnight(now);
  if (now >= turn_of(quarter_hour_)) {
    begin_anew(quarter_hour_, kQuarterHour, now, next_quarter_hour(now));
  }
  if (now >= turn_of(day_)) begin_anew(day_, kDay, now, next_utc_midnight(now));
}

std::int64_t RateBudget::payable(Timestamp now, double reserve) const {
  return std::max<std::int64_t>(0, std::min(payable_in(quarter_hour_, kQuarterHour, now, reserve),
                                            payable_in(day_, kDay, now, reserve)));
}

Timestamp RateBudget::payable_at(Timestamp now, double reserve) const {
  return std::max(payable_at_in(quarter_hour_, kQuarterHour, now, reserve),
                  payable_at_in(day_, kDay, now, reserve));
}

std::optional<Timestamp> RateBudget::paid_at(Timestamp now, double reserve,
                                             std::int64_t requests) const {
  const Timestamp horizon = now + std::chrono::days(365);
  RateBudget future(*this);
  Timestamp at = now;
  std::int64_t left = requests;
  while (at < horizon) {
    future.turn(at);
    const std::int64_t payable = std::min(left, future.payable(at, reserve));
    for (std::int64_t i = 0; i < payable; ++i) future.take(at);
    left -= payable;
    if (left <= 0) return at;
    // The reserve melts by the request: steps of a second are exact enough, and keep this short.
    at = std::max(future.payable_at(at, reserve), at + seconds(1));
  }
  return std::nullopt;
}

RateBudget::Ticket RateBudget::take(Timestamp now) {
  const Ticket ticket{now, quarter_hour_.turns, day_.turns, quarter_hour_.answered, day_.answered};
  take_in(quarter_hour_, now);
  take_in(day_, now);
  return ticket;
}

void RateBudget::give_back(const Ticket& ticket) {
  give_back_in(quarter_hour_, kQuarterHour, ticket.quarter_hour_turns, ticket.taken);
  give_back_in(day_, kDay, ticket.day_turns, ticket.taken);
}

void RateBudget::answered(const Ticket& ticket, const RateLimits& limits) {
  answered_in(quarter_hour_, ticket.quarter_hour_turns, ticket.quarter_hour_answered,
              part(limits.overall, &RateLimit::quarter_hour),
              part(limits.read, &RateLimit::quarter_hour));
  answered_in(day_, ticket.day_turns, ticket.day_answered, part(limits.overall, &RateLimit::day),
              part(limits.read, &RateLimit::day));
}

void RateBudget::refused(const RateLimits& limits) {
  const bool day =
      exhausted(limits.overall, &RateLimit::day) || exhausted(limits.read, &RateLimit::day);
  spend(day ? day_ : quarter_hour_);
}

}  // namespace hookspool::strava
