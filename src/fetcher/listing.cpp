#include "fetcher/listing.h"

#include <chrono>

namespace hookspool::fetcher {
namespace {

/// An activity may be recorded by a clock that is ahead.
std::chrono::sys_seconds before_of_one_begun_at(Timestamp now) {
  return std::chrono::floor<std::chrono::seconds>(now) + std::chrono::days(1);
}

}  // namespace

store::Lane lane_of(const store::Listing& listing) {
  const bool reconciles = listing.kind == store::Listing::Kind::kReconcile;
  return reconciles ? store::Lane::kReconcile : store::Lane::kBackfill;
}

std::int64_t begin_listing(store::Database& database, store::Listing listing, Timestamp now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  listing.begun = now;
  listing.before = before_of_one_begun_at(now);
  store::Transaction transaction(database);
  const std::int64_t id = store::Listings(database).add(listing);
  store::Jobs(database).add(
      {lane_of(listing), store::Wish::kList, id, listing.athlete_id, second, false}, now);
  transaction.commit();
  return id;
}

void renew_listing(store::Database& database, const store::Listing& listing, Timestamp now) {
  store::Listings(database).renew(listing.id, now, before_of_one_begun_at(now));
}

void end_listing(store::Database& database, const store::Listing& listing, Timestamp now) {
  store::Transaction transaction(database);
  store::Jobs(database).drop(store::Wish::kList, listing.id, listing.athlete_id);
  store::Listings(database).end(listing.id, now);
  transaction.commit();
}

}  // namespace hookspool::fetcher
