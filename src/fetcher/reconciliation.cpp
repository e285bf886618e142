#include "fetcher/reconciliation.h"

#include <algorithm>

#include "fetcher/listing.h"
#include "store/jobs.h"
#include "store/listings.h"

namespace hookspool::fetcher {
namespace {

using std::chrono::sys_seconds;
using Kind = store::Listing::Kind;

/// Not before what retention has let go.
sys_seconds within_retention(sys_seconds after, const config::FetcherConfig& config,
                             Timestamp now) {
  if (!config.retention) return after;
  return std::max(after, std::chrono::floor<std::chrono::seconds>(now) - *config.retention);
}

/// As far back as it goes by itself if there is no question. What was uploaded since the last one
/// may have started as long before that as before any.
sys_seconds reach(const store::Athlete& athlete, const config::FetcherConfig& config,
                  Timestamp now) {
  // One that a clock that was ahead began looked for activities of a time that is still to come.
  const Timestamp last = std::min(athlete.reconciled, now);
  return within_retention(std::chrono::floor<std::chrono::seconds>(last) - config.reconcile_back,
                          config, now);
}

/// How far back the athlete's open questions go; nothing if there are none.
std::optional<sys_seconds> questioned_since(store::Database& database, event::AthleteId athlete) {
  std::optional<sys_seconds> since;
  for (const store::Listing& listing : store::Listings(database).pending()) {
    if (listing.gone == 0 || listing.athlete_id != athlete) continue;
    since = std::min(since.value_or(listing.after), listing.after);
  }
  return since;
}

sys_seconds after_of(store::Database& database, event::AthleteId athlete, sys_seconds by_itself,
                     const config::FetcherConfig& config, Timestamp now,
                     const ReconcileWish& wish) {
  if (wish.after) return within_retention(*wish.after, config, now);
  const auto since = questioned_since(database, athlete);
  // A person who once looked through years is not to cost pages of them every time.
  const bool is_near = since && *since >= now - 2 * config.reconcile_back;
  if (!is_near && !(since && wish.may_remove)) return by_itself;
  return std::min(by_itself, within_retention(*since, config, now));
}

/// Whether it has waited, in an outage perhaps, so long for its first page that the next is due.
bool stands_for_next(const store::Listing& listing, const store::Job& job,
                     const config::FetcherConfig& config, Timestamp now) {
  const bool is_read = listing.page > 1 || listing.listed > 0 || job.leased_until > now;
  const bool is_next_due =
      config.reconcile_every.count() > 0 && now - listing.begun >= config.reconcile_every;
  return !is_read && is_next_due;
}

}  // namespace

bool begin_reconciliation(store::Database& database, const store::Athlete& athlete,
                          const config::FetcherConfig& config, Timestamp now,
                          const ReconcileWish& wish) {
  store::Transaction transaction(database);
  store::Listings listings(database);
  store::Jobs jobs(database);
  store::Listing listing;
  listing.kind = Kind::kReconcile;
  listing.athlete_id = athlete.id;
  const sys_seconds by_itself = reach(athlete, config, now);
  listing.after = after_of(database, athlete.id, by_itself, config, now, wish);
  listing.may_remove = wish.may_remove;
  for (const store::Listing& open : listings.open(Kind::kReconcile, athlete.id)) {
    const auto job = jobs.find(store::Wish::kList, open.id, athlete.id);
    if (job && !job->dead && open.after <= listing.after) {
      if (wish.may_remove) listings.allow_removal(open.id);
      // It stays in its place, with its failures, and does for both.
      if (stands_for_next(open, *job, config, now)) {
        renew_listing(database, open, now);
        if (open.after <= by_itself) store::Athletes(database).reconciled(athlete.id, now);
      }
      transaction.commit();
      return false;
    }
    // It was given up, or is not enough; the new one does what that was to do.
    listing.after = within_retention(std::min(listing.after, open.after), config, now);
    listing.may_remove |= open.may_remove;
    end_listing(database, open, now);
  }
  begin_listing(database, listing, now);
  if (listing.after <= by_itself) store::Athletes(database).reconciled(athlete.id, now);
  transaction.commit();
  return true;
}

}  // namespace hookspool::fetcher
