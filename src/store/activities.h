#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "event/event.h"
#include "store/database.h"

namespace hookspool::store {

/// An activity as it is kept: Strava's JSON whole, and beside it the columns that people query.
/// Strava leaves out what it does not know, so any of them may be missing.
struct StoredActivity {
  event::ActivityId id{};
  event::AthleteId athlete_id{};
  std::optional<std::string> name;
  std::optional<std::string> sport_type;
  std::optional<std::string> start_date;        ///< UTC, "2018-02-16T14:52:54Z"
  std::optional<std::string> start_date_local;  ///< wall time, though Strava writes it with Z
  std::optional<std::string> timezone;
  std::optional<double> distance_m;
  std::optional<std::int64_t> moving_time_s;
  std::optional<std::int64_t> elapsed_time_s;
  std::optional<double> elevation_gain_m;
  std::optional<std::string> summary_polyline;
  std::optional<std::string> polyline;
  std::optional<std::string> visibility;
  /// Of the event that led to this; nothing if none did.
  std::optional<std::chrono::sys_seconds> event_time;
  Timestamp fetched;
  /// When the recording, from which the streams are, was first seen as it is now; nothing if it was
  /// so when the history was fetched.
  std::optional<Timestamp> recording_seen;
  /// 3: with all details; 2: as it stands in a list of Strava's.
  std::int64_t resource_state = 3;
  /// A person brought it back though Strava does not show it.
  bool undeleted = false;
  std::string json;  ///< Strava's answer, byte for byte but for what apply() changed
};

/// What an update event says of an activity, where that is all there is to know.
struct ActivityUpdate {
  std::optional<std::string> name;
  bool only_me = false;  ///< it became visible to its athlete only
};

/// What is left of an activity that was removed, until it is purged.
struct DeletedActivity {
  event::ActivityId id{};
  event::AthleteId athlete_id{};
  std::string name;
  Timestamp deleted;
};

/// An activity, and whose it is or was.
struct OwnedActivity {
  event::ActivityId id{};
  event::AthleteId athlete_id{};
};

class Activities {
 public:
  explicit Activities(Database& database) : database_(database) {}

  /// Adds the activity, or replaces the one of that id.
  void put(const StoredActivity& activity);
  /// Changes what an event of that time said. False, and nothing is changed, if the activity is not
  /// here or has heard of something later.
  bool apply(event::ActivityId id, const ActivityUpdate& update,
             std::chrono::sys_seconds event_time);

  /// Takes the activity out, and keeps it aside for undelete(). False if there was none.
  bool remove(event::ActivityId id, Timestamp now);
  /// Brings a removed one back. False if it is not kept (any more), or is here.
  bool undelete(event::ActivityId id);
  /// Strava shows it again, so that it is like any other, and may be found gone once more.
  void forget_undeletion(event::ActivityId id);
  /// The removed ones that can be brought back, the latest first.
  std::vector<DeletedActivity> deleted();
  // What is deleted for good is gone from the journal, too: the events on it keep what happened
  // when, but no longer what they said.

  /// Deletes for good what was removed before that moment. How many that was.
  std::int64_t purge_deleted(Timestamp before);
  /// Deletes for good what was fetched before that moment. What that was.
  std::vector<OwnedActivity> expire(Timestamp fetched_before);

  /// Whose the activity is; nothing if it is not here.
  std::optional<event::AthleteId> owner_of(event::ActivityId id);
  /// When Strava showed it last; nothing if it is not here.
  std::optional<Timestamp> fetched_at(event::ActivityId id);
  std::optional<StoredActivity> find(event::ActivityId id);
  /// One that was removed and can be brought back.
  std::optional<StoredActivity> find_deleted(event::ActivityId id);

  /// Remembers what a list said of an activity that made us look at it, and when. A later look at
  /// the same words keeps the moment.
  void listed_as(event::ActivityId id, const std::string& words, Timestamp now);
  /// Since when lists have said just that; nothing if the last one said something else.
  std::optional<Timestamp> listed_so_since(event::ActivityId id, const std::string& words);

  /// The newest by start, at most `limit`; of one athlete, or of all.
  std::vector<StoredActivity> list(std::size_t limit,
                                   std::optional<event::AthleteId> athlete = std::nullopt);

  std::int64_t count();
  std::int64_t count_of(event::AthleteId athlete);
  /// When the last one was fetched.
  std::optional<Timestamp> newest_fetch();

 private:
  std::optional<StoredActivity> find(const std::string& select, event::ActivityId id);

  Database& database_;
};

}  // namespace hookspool::store
