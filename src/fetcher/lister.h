#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "fetcher/archive.h"
#include "store/activities.h"
#include "store/database.h"
#include "store/jobs.h"
#include "store/listings.h"
#include "strava/activity.h"

namespace hookspool::fetcher {

/// Goes through Strava's list of an athlete's activities page by page, to its end and back, and
/// finds out what is not here as it should be: to be stored as the list says, to be fetched, or to
/// be verified as gone.
/// Everything here happens in the caller's transaction, and asks nobody.
class Lister {
 public:
  /// All must outlive this. `remove_at_most`: a larger share of what the listing covers is not
  /// removed without a person's word; from 0 to 1.
  Lister(store::Database& database, const Clock& clock, Archive& archive, double remove_at_most);

  /// Takes the page that was asked for. False at the end of the listing.
  bool take(store::Listing& listing, const std::vector<strava::Activity>& page);

 private:
  void take(store::Listing& listing, const strava::Activity& activity);
  bool are_streams_to_come(const store::Listing& listing, const strava::Activity& activity);
  bool is_edit_to_look_at(const strava::Activity& listed, const store::StoredActivity& stored);
  void count_missed(const strava::Activity& activity);
  void end(store::Listing& listing);
  void look_for_gone(store::Listing& listing);
  bool want(const store::Listing& listing, store::Wish wish, event::ActivityId activity,
            store::Remaining remaining = store::Remaining::kEverything);

  store::Database& database_;
  const Clock& clock_;
  Archive& archive_;
  double remove_at_most_;
};

}  // namespace hookspool::fetcher
