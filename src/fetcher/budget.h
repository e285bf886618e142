#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "store/database.h"
#include "store/jobs.h"
#include "strava/rate_budget.h"

namespace hookspool::fetcher {

/// By how much at most a process lets others go first in a new window.
inline constexpr std::chrono::seconds kLongestJitter{3};

/// The application's allowance at Strava as all fetchers on this store share it: no request is sent
/// that it cannot pay. A share is kept for what events told of, and melts until the window turns.
class Budget {
 public:
  using Ticket = strava::RateBudget::Ticket;

  /// All must outlive this. `reserve`: the share kept for the fresh lane, from 0 to 1. `jitter`:
  /// how much later than it could this process goes on in a new window, so that several do not
  /// start together.
  Budget(store::Database& database, const Clock& clock, double reserve,
         std::chrono::milliseconds jitter = {});

  // Whoever takes what was seen to be payable does both in one transaction.

  /// The budget at this moment, to be spent from and kept.
  class Account {
   public:
    /// The moment that it is of.
    Timestamp now() const { return now_; }
    /// How many requests the lane may send now.
    std::int64_t payable(store::Lane lane) const;
    /// When the lane may send the next one.
    Timestamp payable_at(store::Lane lane) const;
    /// Counts a request that will be sent.
    Ticket take();

   private:
    friend class Budget;
    Account(const Budget& owner, const strava::RateBudget& budget, Timestamp now)
        : owner_(owner), budget_(budget), now_(now) {}

    const Budget& owner_;
    strava::RateBudget budget_;
    Timestamp now_;
  };
  Account open();
  void keep(const Account& account);

  /// How many requests the lane may send now.
  std::int64_t payable(store::Lane lane);
  /// When the lane may send the next one.
  Timestamp payable_at(store::Lane lane);
  /// Since when, from `since` on, the lane could have sent one, as far as the windows tell that are
  /// kept; not after now.
  Timestamp could_pay_since(store::Lane lane, Timestamp since);
  /// When the lane may have sent so many, if nobody else sends any; nothing if that takes years.
  std::optional<Timestamp> paid_at(store::Lane lane, std::int64_t requests);
  /// Counts a request that will be sent.
  Ticket take();
  /// The same, if the lane may.
  std::optional<Ticket> take_if_payable(store::Lane lane);

  /// It was not sent after all.
  void give_back(const Ticket& ticket);
  /// It has ended: `limits` is what the answer said, nothing without one.
  void answered(const Ticket& ticket, const strava::RateLimits& limits);
  /// Strava refused it for the rate limit.
  void refused(const strava::RateLimits& limits);

 private:
  double reserve_against(store::Lane lane) const;
  strava::RateBudget as_stored();
  strava::RateBudget load();
  void save(const strava::RateBudget& budget);

  store::Database& database_;
  const Clock& clock_;
  double reserve_;
  std::chrono::milliseconds jitter_;
};

}  // namespace hookspool::fetcher
