#include "fetcher/budget.h"

#include <algorithm>

#include "store/rate_windows.h"

namespace hookspool::fetcher {
namespace {

constexpr const char* kQuarterHour = "quarter_hour";
constexpr const char* kDay = "day";

strava::RateWindow window_of(const store::StoredRateWindow& stored) {
  return {stored.turns,
          stored.taken,
          stored.answered,
          stored.late,
          {stored.overall_limit, stored.overall_used},
          {stored.read_limit, stored.read_used}};
}

store::StoredRateWindow stored_of(const strava::RateWindow& window) {
  return {window.turns,         window.taken,        window.answered,   window.late,
          window.overall.limit, window.overall.used, window.read.limit, window.read.used};
}

}  // namespace

Budget::Budget(store::Database& database, const Clock& clock, double reserve,
               std::chrono::milliseconds jitter)
    : database_(database), clock_(clock), reserve_(reserve), jitter_(jitter) {}

double Budget::reserve_against(store::Lane lane) const {
  return lane == store::Lane::kFresh ? 0 : reserve_;
}

/// The windows as they were left, which may be over.
strava::RateBudget Budget::as_stored() {
  store::RateWindows windows(database_);
  const auto quarter_hour = windows.find(kQuarterHour);
  const auto day = windows.find(kDay);
  return quarter_hour && day ? strava::RateBudget(window_of(*quarter_hour), window_of(*day))
                             : strava::RateBudget();
}

strava::RateBudget Budget::load() {
  strava::RateBudget budget = as_stored();
  budget.turn(clock_.now());
  return budget;
}

void Budget::save(const strava::RateBudget& budget) {
  store::RateWindows windows(database_);
  windows.put(kQuarterHour, stored_of(budget.quarter_hour()));
  windows.put(kDay, stored_of(budget.day()));
}

std::int64_t Budget::Account::payable(store::Lane lane) const {
  return budget_.payable(now_, owner_.reserve_against(lane));
}

Timestamp Budget::Account::payable_at(store::Lane lane) const {
  const Timestamp at = budget_.payable_at(now_, owner_.reserve_against(lane));
  return at > now_ ? at + owner_.jitter_ : now_;
}

Budget::Ticket Budget::Account::take() {
  return budget_.take(now_);
}

Budget::Account Budget::open() {
  return {*this, load(), clock_.now()};
}

void Budget::keep(const Account& account) {
  save(account.budget_);
}

std::int64_t Budget::payable(store::Lane lane) {
  return open().payable(lane);
}

Timestamp Budget::payable_at(store::Lane lane) {
  return open().payable_at(lane);
}

Timestamp Budget::could_pay_since(store::Lane lane, Timestamp since) {
  return std::min(clock_.now(), as_stored().payable_at(since, reserve_against(lane)));
}

std::optional<Timestamp> Budget::paid_at(store::Lane lane, std::int64_t requests) {
  return load().paid_at(clock_.now(), reserve_against(lane), requests);
}

Budget::Ticket Budget::take() {
  store::Transaction transaction(database_);
  Account account = open();
  const Ticket ticket = account.take();
  keep(account);
  transaction.commit();
  return ticket;
}

std::optional<Budget::Ticket> Budget::take_if_payable(store::Lane lane) {
  store::Transaction transaction(database_);
  std::optional<Ticket> ticket;
  if (payable(lane) > 0) ticket = take();
  transaction.commit();
  return ticket;
}

void Budget::give_back(const Ticket& ticket) {
  store::Transaction transaction(database_);
  strava::RateBudget budget = load();
  budget.give_back(ticket);
  save(budget);
  transaction.commit();
}

void Budget::answered(const Ticket& ticket, const strava::RateLimits& limits) {
  store::Transaction transaction(database_);
  strava::RateBudget budget = load();
  budget.answered(ticket, limits);
  save(budget);
  transaction.commit();
}

void Budget::refused(const strava::RateLimits& limits) {
  store::Transaction transaction(database_);
  strava::RateBudget budget = load();
  budget.refused(limits);
  save(budget);
  transaction.commit();
}

}  // namespace hookspool::fetcher
