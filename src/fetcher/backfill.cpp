#include "fetcher/backfill.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "fetcher/listing.h"
#include "store/athletes.h"
#include "store/job_report.h"
#include "store/jobs.h"
#include "store/listings.h"

namespace hookspool::fetcher {
namespace {

using Kind = store::Listing::Kind;
using Loads = std::map<event::AthleteId, store::LaneLoad>;

Loads loads_of(store::Database& database) {
  Loads loads;
  for (const store::LaneLoad& load : store::JobReport(database).load_of(store::Lane::kBackfill)) {
    loads.emplace(load.athlete, load);
  }
  return loads;
}

bool covers(const store::Listing& listing, const BackfillWish& wish) {
  return listing.after <= wish.after && listing.details == wish.details &&
         listing.with_streams == wish.with_streams;
}

/// The listing of the same wish that goes on. One that was given up is tried again.
std::optional<std::int64_t> open_listing(store::Database& database, event::AthleteId athlete,
                                         const BackfillWish& wish, Timestamp now) {
  store::Jobs jobs(database);
  for (const store::Listing& listing : store::Listings(database).open(Kind::kBackfill, athlete)) {
    const auto job = jobs.find(store::Wish::kList, listing.id, athlete);
    if (!job) {
      // A person dropped it.
      end_listing(database, listing, now);
      continue;
    }
    if (!covers(listing, wish)) continue;
    if (job->dead) jobs.revive(store::Wish::kList, listing.id, athlete, now);
    return listing.id;
  }
  return std::nullopt;
}

/// Whether what a list led to is being fetched. In an outage all that is left may have failed, and
/// a list costs calls; but what fails for a day must not keep it from being gone through anew.
bool goes_on(store::Database& database, const store::LaneLoad& load, Timestamp now) {
  constexpr std::chrono::hours kOutage{24};
  if (load.untried > 0) return true;
  const auto jobs = store::JobReport(database).alive(std::numeric_limits<std::int64_t>::max());
  return std::any_of(jobs.begin(), jobs.end(), [&](const store::Job& job) {
    return job.lane == store::Lane::kBackfill && job.wish != store::Wish::kList &&
           job.athlete_id == load.athlete && job.first_failed && now - *job.first_failed < kOutage;
  });
}

/// The listing of the same wish that has ended, while what it led to is being fetched.
std::optional<std::int64_t> worked_off(store::Database& database, event::AthleteId athlete,
                                       const BackfillWish& wish, Timestamp now) {
  const Loads loads = loads_of(database);
  const auto load = loads.find(athlete);
  if (!wish.details || load == loads.end()) return std::nullopt;
  if (!goes_on(database, load->second, now)) return std::nullopt;
  const auto listings = store::Listings(database).list(Kind::kBackfill);
  const auto newest = std::find_if(listings.begin(), listings.end(), [athlete](const auto& one) {
    return one.athlete_id == athlete && one.details;
  });
  if (newest == listings.end() || !newest->ended || !covers(*newest, wish)) return std::nullopt;
  return newest->id;
}

std::int64_t begin(store::Database& database, event::AthleteId athlete, const BackfillWish& wish,
                   Timestamp now) {
  store::Listing listing;
  listing.kind = Kind::kBackfill;
  listing.athlete_id = athlete;
  listing.after = wish.after;
  listing.details = wish.details;
  listing.with_streams = wish.with_streams;
  return begin_listing(database, listing, now);
}

}  // namespace

std::vector<std::int64_t> begin_backfill(store::Database& database, const BackfillWish& asked,
                                         Timestamp now) {
  BackfillWish wish = asked;
  wish.details = wish.details || wish.with_streams;
  std::vector<std::int64_t> listings;
  store::Transaction transaction(database);
  for (const store::Athlete& athlete : store::Athletes(database).list()) {
    if (wish.athlete && athlete.id != *wish.athlete) continue;
    if (athlete.stopped_because) continue;
    auto listing = open_listing(database, athlete.id, wish, now);
    if (!listing) listing = worked_off(database, athlete.id, wish, now);
    listings.push_back(listing ? *listing : begin(database, athlete.id, wish, now));
  }
  transaction.commit();
  return listings;
}

std::vector<BackfillProgress> backfill_progress(store::Database& database,
                                                const std::vector<std::int64_t>& listings) {
  const Loads loads = loads_of(database);
  std::map<event::AthleteId, BackfillProgress> all;
  std::set<event::AthleteId> fetching;
  for (const store::Listing& listing : store::Listings(database).list(Kind::kBackfill)) {
    const auto load = loads.find(listing.athlete_id);
    const bool has_work = load != loads.end() && load->second.activities > 0;
    // The newest that has ended is the one whose activities wait.
    const bool is_being_fetched =
        listing.ended && listing.details && has_work && fetching.insert(listing.athlete_id).second;
    const bool is_named = std::find(listings.begin(), listings.end(), listing.id) != listings.end();
    if (listing.ended && !is_named && !is_being_fetched) continue;
    BackfillProgress& progress = all[listing.athlete_id];
    progress.athlete = listing.athlete_id;
    progress.listed += listing.listed;
    progress.is_listed = progress.is_listed && listing.ended.has_value();
  }
  std::vector<BackfillProgress> result;
  for (auto& [athlete, progress] : all) {
    const auto load = loads.find(athlete);
    if (load != loads.end()) {
      progress.waiting = load->second.activities;
      progress.untried = load->second.untried;
      progress.calls = load->second.calls;
      progress.dead = load->second.dead;
    }
    // Jobs of an older backfill may wait, too.
    progress.listed = std::max(progress.listed, progress.waiting);
    result.push_back(progress);
  }
  return result;
}

}  // namespace hookspool::fetcher
