#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "event/event.h"
#include "store/activities.h"
#include "store/jobs.h"

/// How the events on one object that are to be asked of one athlete come to one job. Pure.
namespace hookspool::fetcher {

/// What an event of that kind asks for; nothing if it is of a kind that Strava may add one day.
std::optional<store::Wish> wish_of(event::Kind kind);

/// What an event asks for, and when what it tells of happened.
struct DatedWish {
  store::Wish wish = store::Wish::kFetch;
  std::chrono::sys_seconds event_time{};
};

/// Whether `event` has the last word on its object over `other`, in whatever order they came: the
/// later one has it, and within a second, which is as exact as Strava's times are, a removal, since
/// what is gone does not come back under its id.
bool has_last_word(const DatedWish& event, const DatedWish& other);

/// Whether Strava has shown the activity since what `event` tells of happened. One that deletes is
/// proved wrong only by a look that is clearly later: Strava's clock need not be ours, and it may
/// show for a moment what is gone.
bool was_shown_since(const DatedWish& event, Timestamp shown);

/// What is known of an object when an event on it comes.
struct Known {
  std::optional<DatedWish> job;     ///< what is to be done now
  std::optional<DatedWish> newest;  ///< what the newest event before said, be it long done
  std::optional<Timestamp> shown;   ///< when Strava showed the activity that is stored
  bool names_another = false;       ///< than the owner of the activity that is stored
};

/// Whether `event` changes what is to be done about its object.
///
/// One that names another athlete than the activity's own is wrong, or forged: it does not where
/// Strava has shown the activity since.
///
/// One that lost to the job, or to the newest event, changes nothing and costs no call, but not on
/// the word of an event alone, whose time may be forged: Strava must have been asked since. So one
/// that lost leads to a job where
/// - it announces an activity though a deletion was heard of and dealt with;
/// - it deletes an activity that is stored, and Strava has not shown since that it is there;
/// - it tells of a change to one that Strava has not shown since, and nobody is about to ask;
/// - it is a deauthorization: nobody knows when the grant was seen to be alive.
bool leads_to_job(const DatedWish& event, const Known& known);

/// What an update event says of its activity, if that is all there is to know: a new title, and
/// that it is visible to its athlete only. A new type may be finer than the event says, and an
/// activity that is no longer private may be visible to everyone or to followers: Strava has to be
/// asked.
std::optional<store::ActivityUpdate> update_in(const event::Event& event);

}  // namespace hookspool::fetcher
