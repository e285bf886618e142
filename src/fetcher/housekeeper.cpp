#include "fetcher/housekeeper.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/log.h"
#include "fetcher/lease_times.h"
#include "fetcher/notifier.h"
#include "fetcher/reconciliation.h"
#include "store/activities.h"
#include "store/clock_ahead.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/listings.h"
#include "store/notifications.h"

namespace hookspool::fetcher {
namespace {

constexpr std::chrono::seconds kBetweenRuns = std::chrono::minutes(1);

/// How often what is old, or was deleted, is taken from the journal of what was never stored, and
/// from the database's log.
constexpr std::chrono::seconds kBetweenTraces = std::chrono::hours(1);

/// Lists that ended are shown for so long.
constexpr std::chrono::seconds kKeepListings = std::chrono::days(30);

/// Whether so much time has passed since the last one; also if that was by a clock that was ahead,
/// which had in mind what is still to come.
bool is_next_due(Timestamp last, std::chrono::seconds between, Timestamp now) {
  return last > now || now - last >= between;
}

}  // namespace

Housekeeper::Housekeeper(store::Database& database, const Clock& clock, Changes& changes,
                         const config::FetcherConfig& config, const config::NotifyConfig& notify,
                         Watchman& watchman)
    : database_(database),
      clock_(clock),
      changes_(changes),
      config_(config),
      notify_(notify),
      watchman_(watchman) {}

void Housekeeper::run_if_due() {
  if (is_next_due(last_run_, kBetweenRuns, clock_.now())) run();
}

void Housekeeper::run() {
  last_run_ = clock_.now();
  correct_what_a_clock_ahead_wrote();
  delete_what_is_old();
  give_up_consumers_of_the_past();
  begin_reconciliations();
  watchman_.look();
  delete_traces();
}

/// Where nobody looks: less often, since it takes reading much. Each minute, if others are at it.
void Housekeeper::delete_traces() {
  const Timestamp now = clock_.now();
  if (!is_next_due(traces_deleted_, kBetweenTraces, now)) return;
  if (config_.retention) store::Events(database_).unsay_unstored(now - *config_.retention);
  if (database_.empty_log()) traces_deleted_ = now;
}

void Housekeeper::correct_what_a_clock_ahead_wrote() {
  // Looked at only when nobody else can write: while we wait for that, another process may write
  // what is later than now.
  store::Transaction transaction(database_);
  const std::int64_t rows = store::correct_what_a_clock_ahead_wrote(
      database_, clock_.now(), kLongestLease + notify_.command_timeout);
  transaction.commit();
  if (rows == 0) return;
  log::warning(
      "the clock was set back: what it had put off until then is due now, and what it had noted as "
      "of then as of now rows=" +
      std::to_string(rows));
}

void Housekeeper::delete_what_is_old() {
  const Timestamp now = clock_.now();
  const std::int64_t purged = store::Activities(database_).purge_deleted(now - kKeepDeleted);
  if (purged > 0) log::info("deleted for good activities=" + std::to_string(purged));
  if (config_.retention) expire(*config_.retention);
  // Anybody can forge an event of somebody whom we do not know. Its job waits for that athlete to
  // be added, and then could ask Strava, but not longer than the event itself is kept.
  store::Jobs(database_).forget_strangers(now - config_.keep_events);
  store::Events events(database_);
  events.unsay_deleted(now - kKeepDeleted);
  events.forget(now - config_.keep_events);
  store::Listings(database_).forget(now - kKeepListings);
}

/// Nobody tells a consumer that is no longer configured, so that it would be owed word for ever.
/// One that is back before its time is over has missed nothing.
void Housekeeper::give_up_consumers_of_the_past() {
  const std::vector<std::string> configured = consumers_of(notify_);
  const Timestamp now = clock_.now();
  store::Transaction transaction(database_);
  store::Notifications notifications(database_);
  for (const std::string& consumer : notifications.owed()) {
    if (std::find(configured.begin(), configured.end(), consumer) != configured.end()) continue;
    const std::int64_t count = notifications.bury_all_of(consumer, now - notify_.retry_for, now,
                                                         "[notify] does not name it any more");
    if (count == 0) continue;
    log::warning("given up telling a consumer that [notify] does not name any more consumer=" +
                 name_of_consumer(consumer) + " notifications=" + std::to_string(count));
  }
  transaction.commit();
}

/// Consumers are told, so that they do not keep it either.
void Housekeeper::expire(std::chrono::seconds retention) {
  store::Transaction transaction(database_);
  const auto expired = store::Activities(database_).expire(clock_.now() - retention);
  for (const store::OwnedActivity& activity : expired) {
    changes_.deleted(activity.id, activity.athlete_id);
  }
  transaction.commit();
  if (expired.empty()) return;
  log::info("deleted what [fetcher] retention does not keep activities=" +
            std::to_string(expired.size()));
}

void Housekeeper::begin_reconciliations() {
  if (config_.reconcile_every.count() == 0) return;
  for (const store::Athlete& athlete : store::Athletes(database_).list()) {
    if (!is_to_be_reconciled(athlete)) continue;
    // Another process may have been faster.
    store::Transaction transaction(database_);
    const auto still = store::Athletes(database_).find(athlete.id);
    if (still && is_to_be_reconciled(*still)) {
      begin_reconciliation(database_, *still, config_, clock_.now());
    }
    transaction.commit();
  }
}

bool Housekeeper::is_to_be_reconciled(const store::Athlete& athlete) const {
  return !athlete.stopped_because &&
         is_next_due(athlete.reconciled, config_.reconcile_every, clock_.now());
}

}  // namespace hookspool::fetcher
