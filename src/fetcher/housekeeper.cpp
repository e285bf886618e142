#include "fetcher/housekeeper.h"

#include <algorithm>

#include "base/log.h"
#include "store/activities.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/listings.h"

namespace hookspool::fetcher {
namespace {

constexpr std::chrono::seconds kBetweenRuns = std::chrono::minutes(1);

/// Lists that ended are shown for so long.
constexpr std::chrono::seconds kKeepListings = std::chrono::days(30);

}  // namespace

Housekeeper::Housekeeper(store::Database& database, const Clock& clock, Changes& changes,
                         const config::FetcherConfig& config, Watchman& watchman)
    : database_(database), clock_(clock), changes_(changes), config_(config), watchman_(watchman) {}

void Housekeeper::run_if_due() {
  if (clock_.now() - last_run_ >= kBetweenRuns) run();
}

void Housekeeper::run() {
  last_run_ = clock_.now();
  delete_what_is_old();
  begin_reconciliations();
  watchman_.look();
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
    const bool is_due = athlete.reconciled + config_.reconcile_every <= clock_.now();
    if (is_due && !athlete.stopped_because) begin_reconciliation(athlete);
  }
}

void Housekeeper::begin_reconciliation(const store::Athlete& athlete) {
  // What retention has let go is not to be fetched again.
  const auto back =
      std::min(config_.reconcile_back, config_.retention.value_or(config_.reconcile_back));
  fetcher::begin_reconciliation(database_, athlete.id, clock_.now(), back, /*may_remove=*/false);
}

bool begin_reconciliation(store::Database& database, event::AthleteId athlete, Timestamp now,
                          std::chrono::seconds back, bool may_remove) {
  store::Transaction transaction(database);
  store::Listings listings(database);
  store::Jobs jobs(database);
  for (store::Listing& open : listings.open(store::Listing::Kind::kReconcile, athlete)) {
    const auto job = jobs.find(store::Wish::kList, open.id);
    if (job && !job->dead) {
      if (may_remove) listings.allow_removal(open.id);
      transaction.commit();
      return false;
    }
    // It was given up.
    jobs.drop(open.id);
    open.ended = now;
    listings.update(open);
    listings.forget_seen(open.id);
  }
  store::Listing listing;
  listing.kind = store::Listing::Kind::kReconcile;
  listing.athlete_id = athlete;
  listing.begun = now;
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  listing.after = second - back;
  // An activity may be recorded by a clock that is ahead.
  listing.before = second + std::chrono::days(1);
  listing.may_remove = may_remove;
  const std::int64_t id = listings.add(listing);
  jobs.add({store::Lane::kReconcile, store::Wish::kList, id, athlete, second, false}, now);
  store::Athletes(database).reconciled(athlete, now);
  transaction.commit();
  return true;
}

}  // namespace hookspool::fetcher
