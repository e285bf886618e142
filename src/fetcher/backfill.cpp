#include "fetcher/backfill.h"

#include <algorithm>
#include <vector>

#include "store/athletes.h"
#include "store/jobs.h"
#include "store/listings.h"

namespace hookspool::fetcher {
namespace {

using Kind = store::Listing::Kind;

/// Goes on with what was begun with the same wish. One that was given up is tried again.
bool continues(store::Database& database, event::AthleteId athlete, const BackfillWish& wish,
               Timestamp now) {
  store::Jobs jobs(database);
  const auto open = store::Listings(database).open(Kind::kBackfill, athlete);
  const auto same = std::find_if(open.begin(), open.end(), [&wish](const store::Listing& listing) {
    return listing.after == wish.after && listing.details == wish.details &&
           listing.with_streams == wish.with_streams;
  });
  if (same == open.end()) return false;
  const auto job = jobs.find(store::Wish::kList, same->id);
  if (job && job->dead) jobs.revive(same->id, now);
  return job.has_value();
}

}  // namespace

std::size_t begin_backfill(store::Database& database, const BackfillWish& asked, Timestamp now) {
  BackfillWish wish = asked;
  wish.details = wish.details || wish.with_streams;
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  std::size_t athletes = 0;
  store::Transaction transaction(database);
  for (const store::Athlete& athlete : store::Athletes(database).list()) {
    if (wish.athlete && athlete.id != *wish.athlete) continue;
    if (athlete.stopped_because) continue;
    ++athletes;
    if (continues(database, athlete.id, wish, now)) continue;
    store::Listing listing;
    listing.kind = Kind::kBackfill;
    listing.athlete_id = athlete.id;
    listing.begun = now;
    listing.after = wish.after;
    // New activities must not push others to another page while the list is gone through.
    listing.before = second + std::chrono::days(1);
    listing.details = wish.details;
    listing.with_streams = wish.with_streams;
    const std::int64_t id = store::Listings(database).add(listing);
    store::Jobs(database).add(
        {store::Lane::kBackfill, store::Wish::kList, id, athlete.id, second, false}, now);
  }
  transaction.commit();
  return athletes;
}

BackfillProgress backfill_progress(store::Database& database, Timestamp since) {
  constexpr std::size_t kMost = 1000;
  BackfillProgress progress;
  store::Jobs jobs(database);
  progress.to_fetch = jobs.count_alive(store::Lane::kBackfill);
  for (const store::Listing& listing : store::Listings(database).list(kMost)) {
    if (listing.kind != Kind::kBackfill) continue;
    if (!listing.ended) --progress.to_fetch;
    if (!listing.ended || *listing.ended >= since) progress.listed += listing.listed;
  }
  progress.to_fetch = std::max<std::int64_t>(progress.to_fetch, 0);
  progress.is_done = !jobs.next_due(store::Lane::kBackfill);
  return progress;
}

}  // namespace hookspool::fetcher
