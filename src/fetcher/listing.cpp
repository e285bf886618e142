#include "fetcher/listing.h"

#include <chrono>

namespace hookspool::fetcher {

store::Lane lane_of(const store::Listing& listing) {
  const bool reconciles = listing.kind == store::Listing::Kind::kReconcile;
  return reconciles ? store::Lane::kReconcile : store::Lane::kBackfill;
}

std::int64_t begin_listing(store::Database& database, store::Listing listing, Timestamp now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  listing.begun = now;
  // An activity may be recorded by a clock that is ahead.
  listing.before = second + std::chrono::days(1);
  store::Transaction transaction(database);
  const std::int64_t id = store::Listings(database).add(listing);
  store::Jobs(database).add(
      {lane_of(listing), store::Wish::kList, id, listing.athlete_id, second, false}, now);
  transaction.commit();
  return id;
}

void end_listing(store::Database& database, const store::Listing& listing, Timestamp now) {
  store::Transaction transaction(database);
  store::Jobs(database).drop(store::Wish::kList, listing.id, listing.athlete_id);
  store::Listings(database).end(listing.id, now);
  transaction.commit();
}

}  // namespace hookspool::fetcher
