#include "fetcher/lister.h"

#include <algorithm>

#include "base/log.h"
#include "fetcher/edits.h"
#include "fetcher/listing.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/counters.h"

namespace hookspool::fetcher {
namespace {

using Kind = store::Listing::Kind;

/// So many are removed whatever share they are: one of the three activities of last month may well
/// be gone.
constexpr std::size_t kAlwaysFew = 5;

/// Activities that are deleted meanwhile pull others to a page that was read already, and those
/// that are added push others to a page that is yet to come. The way back is safe from the former
/// as the way there is from the latter, in whatever order Strava lists.
bool is_to_be_looked_at_again(const store::Listing& listing) {
  const std::int64_t pages = listing.page - 1;
  // What a reconciliation misses the next one finds, and most have a single page.
  return listing.kind == Kind::kReconcile ? pages > 1 : pages > 0;
}

/// Turns to the page that comes next. False at the end.
bool turn_page(store::Listing& listing, bool is_empty) {
  if (listing.looks_again) return --listing.page > 0;
  // Strava's pages may be short in the middle: only an empty one is behind the last.
  if (!is_empty) {
    ++listing.page;
    return true;
  }
  if (!is_to_be_looked_at_again(listing)) return false;
  listing.looks_again = true;
  --listing.page;
  return true;
}

}  // namespace

Lister::Lister(store::Database& database, const Clock& clock, Archive& archive,
               double remove_at_most)
    : database_(database), clock_(clock), archive_(archive), remove_at_most_(remove_at_most) {}

bool Lister::take(store::Listing& listing, const std::vector<strava::Activity>& page) {
  for (const strava::Activity& activity : page) take(listing, activity);
  const bool goes_on = turn_page(listing, page.empty());
  if (!goes_on) end(listing);
  store::Listings(database_).update(listing);
  return goes_on;
}

void Lister::take(store::Listing& listing, const strava::Activity& activity) {
  if (activity.athlete_id != listing.athlete_id) return;
  if (!store::Listings(database_).saw(listing.id, activity.id)) return;
  ++listing.listed;
  const bool details = listing.details || listing.kind == Kind::kReconcile;
  const auto stored = store::Activities(database_).find(activity.id);
  // From now on it is there by Strava's word.
  if (stored && stored->undeleted) store::Activities(database_).forget_undeletion(activity.id);
  constexpr std::int64_t kDetail = 3;
  const bool has_details = stored && stored->resource_state >= kDetail;
  const bool is_edited = stored && is_edit_to_look_at(activity, *stored);
  const bool lacks_streams = are_streams_to_come(listing, activity);
  const bool lacks_details = listing.details && !has_details;
  if (stored && !is_edited && !lacks_details && !lacks_streams) return;

  if (!details && !has_details && !lacks_streams) {
    ++listing.wanted;
    return archive_.keep_summary(activity);
  }
  // The list has just shown that its details are as they are stored.
  const bool lacks_only_streams = lacks_streams && has_details && !is_edited;
  const auto remaining =
      lacks_only_streams ? store::Remaining::kStreams : store::Remaining::kEverything;
  if (!want(listing, store::Wish::kFetch, activity.id, remaining)) return;
  ++listing.wanted;
  // Edits are left out: unless activity.update is accepted, events are not to tell of them.
  if (listing.kind == Kind::kReconcile && !stored) count_missed(activity);
}

/// Whether the list is to have them asked for. A reconciliation asks only for those that were late:
/// history may be wanted without, and what waits, or was given up so that a person can see why, is
/// not to be asked for by each of them.
bool Lister::are_streams_to_come(const store::Listing& listing, const strava::Activity& activity) {
  if (listing.with_streams) return archive_.lacks_streams(activity);
  return listing.kind == Kind::kReconcile && archive_.are_streams_late(activity) &&
         !store::Jobs(database_).find(store::Wish::kFetch, static_cast<std::int64_t>(activity.id),
                                      listing.athlete_id);
}

/// Where list and details say different things for good, there is nothing to be seen by looking
/// again and again. An hour after the list began to say so the details are not merely late.
bool Lister::is_edit_to_look_at(const strava::Activity& listed,
                                const store::StoredActivity& stored) {
  constexpr std::chrono::hours kLate{1};
  if (!tells_of_edit(listed.json, stored.json)) return false;
  store::Activities activities(database_);
  const std::string words = words_of(listed.json);
  const auto since = activities.listed_so_since(listed.id, words);
  if (since && stored.fetched >= *since + kLate) return false;
  activities.listed_as(listed.id, words, clock_.now());
  return true;
}

/// If an event should have told of it: the history from before the athlete came is none that was
/// missed. When it was uploaded the list does not say; it was not before it started.
void Lister::count_missed(const strava::Activity& activity) {
  const auto athlete = store::Athletes(database_).find(activity.athlete_id);
  const auto start = start_of(activity);
  if (!athlete || !start || *start < athlete->authorized) return;
  store::Counters(database_).add(store::counter::kMissedByWebhooks, std::min(*start, clock_.now()));
}

void Lister::end(store::Listing& listing) {
  listing.ended = clock_.now();
  if (listing.kind == Kind::kReconcile) look_for_gone(listing);
  store::Listings(database_).forget_seen(listing.id);
}

void Lister::look_for_gone(store::Listing& listing) {
  store::Listings(database_).forget_questions(listing);
  const auto gone = store::Listings(database_).not_seen(listing, clock_.now());
  const auto covered = static_cast<double>(listing.listed) + static_cast<double>(gone.size());
  const bool is_much =
      gone.size() > kAlwaysFew && static_cast<double>(gone.size()) > covered * remove_at_most_;
  if (is_much && !listing.may_remove) {
    listing.gone = static_cast<std::int64_t>(gone.size());
    return log::error(
        std::to_string(gone.size()) +
        " stored activities are no longer in Strava's list, more than [fetcher] remove_at_most "
        "allows to remove; they stay until hookspoolctl reconcile --athlete " +
        std::to_string(static_cast<std::int64_t>(listing.athlete_id)) + " --may-remove says so");
  }
  for (const event::ActivityId id : gone) {
    if (want(listing, store::Wish::kRemove, id)) ++listing.wanted;
  }
}

bool Lister::want(const store::Listing& listing, store::Wish wish, event::ActivityId activity,
                  store::Remaining remaining) {
  store::Jobs jobs(database_);
  const auto object_id = static_cast<std::int64_t>(activity);
  const auto present = jobs.find(wish, object_id, listing.athlete_id);
  const bool may_have_streams = listing.with_streams || listing.kind == Kind::kReconcile;
  bool with_streams = wish == store::Wish::kFetch && may_have_streams;
  // What Strava lists now is news for a job that was given up; what that owed still is.
  if (present && present->dead) {
    with_streams |= present->with_streams;
    jobs.drop(wish, object_id, listing.athlete_id);
  }
  return jobs.add(
      {lane_of(listing), wish, object_id, listing.athlete_id,
       std::chrono::floor<std::chrono::seconds>(listing.begun), with_streams, remaining},
      clock_.now());
}

}  // namespace hookspool::fetcher
