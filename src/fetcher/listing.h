#pragma once

#include <cstdint>

#include "base/clock.h"
#include "store/database.h"
#include "store/jobs.h"
#include "store/listings.h"

/// How going through Strava's list of an athlete's activities begins, and ends before its time.
namespace hookspool::fetcher {

/// In which such a listing stands, and what it leads to.
store::Lane lane_of(const store::Listing& listing);

/// Adds the listing of the activities that started since `listing.after`, with its job. Its id.
/// \throws StoreError
std::int64_t begin_listing(store::Database& database, store::Listing listing, Timestamp now);

/// One of which nothing was read yet is as if it began now, but that it keeps its place in the
/// queue. \throws StoreError
void renew_listing(store::Database& database, const store::Listing& listing, Timestamp now);

/// It goes no further, and its job is forgotten. What it led to stays. \throws StoreError
void end_listing(store::Database& database, const store::Listing& listing, Timestamp now);

}  // namespace hookspool::fetcher
