#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "strava/rate_limits.h"

namespace hookspool::strava {

/// One of the two windows in which Strava counts, for both of its counters. Pure.
///
/// Strava says with its answers how much is used, but it says so late: requests under way are not
/// in it, and some answers say nothing. So requests are counted here when they are taken, and an
/// answer only corrects the count, within what can be known: everything that was answered before a
/// request was sent is in the number that its answer brings, and what was taken since may be.
struct RateWindow {
  Timestamp turns;            ///< when it ends; a window that never began ends in 1970
  std::int64_t taken = 0;     ///< requests of ours in this window
  std::int64_t answered = 0;  ///< of these, with an answer or given up
  std::int64_t late = 0;      ///< taken while Strava's clock may have shown the next window already
  Allowance overall;          ///< `used`: what Strava will have counted once all are answered
  Allowance read;
};

/// What of the application's allowance can be spent, by everybody together. Pure: it takes a time
/// and returns a time. All requests that we count are reads, and count on both counters.
///
/// https://developers.strava.com/docs/rate-limits/
class RateBudget {
 public:
  /// A request that was taken from the budget, to be answered() or given back later.
  struct Ticket {
    Timestamp taken;
    Timestamp quarter_hour_turns;  ///< of the windows that it was taken in
    Timestamp day_turns;
    std::int64_t quarter_hour_answered = 0;  ///< requests answered when it was taken
    std::int64_t day_answered = 0;
  };

  /// Until Strava's first answer its documented limits are supposed: 200 and 2,000 requests, of
  /// these 100 and 1,000 reads.
  RateBudget();
  /// As they were left. The documented limit stands in for one that is zero.
  RateBudget(const RateWindow& quarter_hour, const RateWindow& day);

  const RateWindow& quarter_hour() const { return quarter_hour_; }
  const RateWindow& day() const { return day_; }

  /// To be called before anything else at that time: windows that have turned begin anew. They turn
  /// a few seconds late, since Strava's clock and ours need not agree, and a request that comes too
  /// early counts against the day. If our clock was set back, they end when it says now, with what
  /// was counted: for Strava it is still the same window.
  void turn(Timestamp now);

  // `reserve` is the share of the allowance, from 0 to 1, that is not for the asker. It melts
  // evenly until the window turns, so that nothing is left over in the end.

  /// How many requests can be sent now; never negative.
  std::int64_t payable(Timestamp now, double reserve) const;
  /// The first moment from `now` on at which one can be sent, if nobody else sends any.
  Timestamp payable_at(Timestamp now, double reserve) const;

  /// When the last of so many requests can be sent, under the same condition; nothing if that is
  /// more than a year away.
  std::optional<Timestamp> paid_at(Timestamp now, double reserve, std::int64_t requests) const;

  /// Counts a request that is about to be sent.
  Ticket take(Timestamp now);
  /// It was not sent after all.
  void give_back(const Ticket& ticket);
  /// It was answered, with these headers, or ended without an answer, and then without any. A
  /// window whose limit is zero counts as one that they do not name.
  void answered(const Ticket& ticket, const RateLimits& limits);
  /// Strava refused a request for the rate limit: nothing is left in the window that the headers
  /// show as used up, or without such headers in the quarter of an hour.
  void refused(const RateLimits& limits);

 private:
  RateWindow quarter_hour_;
  RateWindow day_;
};

}  // namespace hookspool::strava
