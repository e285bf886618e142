#include "fetcher/archive.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/log.h"
#include "fetcher/purge.h"
#include "fetcher/settling.h"
#include "store/athletes.h"
#include "store/counters.h"

namespace hookspool::fetcher {
namespace {

/// One that was found by listing settles only if it is as new as those that events tell of.
constexpr std::chrono::hours kNew{24};

/// How long after the start, or after an activity of earlier was uploaded or cut, streams may still
/// come.
constexpr std::chrono::hours kLate{24};

/// Whether Strava cut or corrected what its streams show.
bool is_another_recording(const store::StoredActivity& before, const strava::Activity& now) {
  const bool is_comparable = before.resource_state == now.resource_state;
  return before.distance_m != now.distance_m || before.elapsed_time_s != now.elapsed_time_s ||
         (is_comparable && before.polyline != now.polyline);
}

}  // namespace

std::optional<Timestamp> start_of(const strava::Activity& activity) {
  try {
    if (activity.start_date) return from_rfc3339(*activity.start_date);
  } catch (const std::invalid_argument&) {
    // Strava's slip: it is as if the start were missing.
  }
  return std::nullopt;
}

Archive::Archive(store::Database& database, const Clock& clock, Changes& changes,
                 std::vector<std::string> streams)
    : database_(database), clock_(clock), changes_(changes), streams_(std::move(streams)) {}

std::optional<Archive::Look> Archive::keep(const store::Job& job,
                                           const strava::Activity& activity) {
  if (!store::Athletes(database_).find(job.athlete_id)) return std::nullopt;
  Look look;
  const auto before = store::Activities(database_).find(activity.id);
  const bool looked_in_full = before && before->resource_state == activity.resource_state;
  look.same_details = looked_in_full && late_parts(before->json) == late_parts(activity.json);
  // Some tracks have no segment on them; those are looked at to the end.
  look.complete = !activity.polyline || activity.has_segment_efforts;
  look.since = job.settling_since;
  if (!before) look.since = appeared(job, activity);
  const bool is_settling = job.lane == store::Lane::kSettle;
  look.lost_streams = put(activity, before, job.event_time, is_of_history(job, activity));
  look.wants_streams = (is_settling && !activity.manual) || lacks_streams(activity);

  if (!before) {
    changes_.stored(activity.id, activity.athlete_id);
    look.told = true;
  } else if (!same_activity(before->json, activity.json)) {
    changes_.updated(activity.id, activity.athlete_id);
    look.told = true;
  }
  return look;
}

std::optional<std::chrono::sys_seconds> Archive::appeared(const store::Job& job,
                                                          const strava::Activity& activity) const {
  if (job.lane == store::Lane::kBackfill) return std::nullopt;
  if (job.lane != store::Lane::kReconcile) return job.event_time;
  const Timestamp now = clock_.now();
  const auto start = start_of(activity);
  if (!start || now - *start > kNew) return std::nullopt;
  return std::chrono::floor<std::chrono::seconds>(now);
}

void Archive::keep_streams(const store::Job& job, const strava::ApiClient::Streams& streams,
                           Look& look) {
  const event::ActivityId id{job.object_id};
  store::Streams stored(database_);
  const auto before = stored.find(id);
  look.same_streams = streams.empty ? !before : before && same_streams(*before, streams.json);
  if (streams.empty) {
    look.complete = false;
    look.has_no_streams = true;
    return;
  }
  if (!store::Activities(database_).owner_of(id)) return;
  if (look.same_streams) return stored.put_no_others(id, streams_, clock_.now());
  stored.put(id, streams.json, streams_, clock_.now());
  // Of one that has to settle the end of that is told.
  if (!look.since && !look.told) changes_.updated(id, job.athlete_id);
}

void Archive::note_what_is_missing(const store::Job& job, const Look& look) {
  const event::ActivityId id{job.object_id};
  if (!look.has_no_streams || !store::Activities(database_).owner_of(id)) return;
  store::Streams(database_).put_no_others(id, streams_, clock_.now());
}

bool Archive::lacks_streams(const strava::Activity& activity) const {
  if (activity.manual || streams_.empty()) return false;
  const auto answer = store::Streams(database_).last_answer(activity.id);
  if (!answer) return true;
  const auto& asked = answer->asked;
  const auto was_asked_for = [&asked](const std::string& name) {
    return std::find(asked.begin(), asked.end(), name) != asked.end();
  };
  if (!std::all_of(streams_.begin(), streams_.end(), was_asked_for)) return true;
  return may_come_until(activity, *answer).has_value();
}

bool Archive::are_streams_late(const strava::Activity& activity) const {
  if (streams_.empty()) return false;
  const auto answer = store::Streams(database_).last_answer(activity.id);
  const auto until = answer ? may_come_until(activity, *answer) : std::nullopt;
  return until && *until <= clock_.now();
}

/// Until when streams may still come of which Strava answered that there are none; nothing if there
/// are some, or nothing says that they were merely late.
std::optional<Timestamp> Archive::may_come_until(const strava::Activity& activity,
                                                 const store::Streams::Answer& answer) const {
  if (!answer.are_none) return std::nullopt;
  const auto stored = store::Activities(database_).find(activity.id);
  const auto seen = stored ? stored->recording_seen : std::nullopt;
  const auto since = std::max(start_of(activity), seen);
  if (!since || answer.fetched >= *since + kLate) return std::nullopt;
  return *since + kLate;
}

/// Whether it was there before the athlete came, for all that is known.
bool Archive::is_of_history(const store::Job& job, const strava::Activity& activity) const {
  if (job.lane == store::Lane::kBackfill) return true;
  const auto athlete = store::Athletes(database_).find(activity.athlete_id);
  const auto start = start_of(activity);
  return job.lane == store::Lane::kReconcile && athlete && start && *start < athlete->authorized;
}

void Archive::settled(const store::Job& job) {
  changes_.settled(event::ActivityId{job.object_id}, job.athlete_id);
}

void Archive::keep_summary(const strava::Activity& activity) {
  const auto before = store::Activities(database_).find(activity.id);
  put(activity, before, std::nullopt, /*is_of_history=*/true);
  if (!before) {
    changes_.stored(activity.id, activity.athlete_id);
  } else {
    changes_.updated(activity.id, activity.athlete_id);
  }
}

bool Archive::put(const strava::Activity& activity,
                  const std::optional<store::StoredActivity>& before,
                  std::optional<std::chrono::sys_seconds> event_time, bool is_of_history) {
  const Timestamp now = clock_.now();
  // Of one that was removed, and is back, the streams are still there.
  const auto earlier = before ? before : store::Activities(database_).find_deleted(activity.id);
  const bool is_another = !earlier || is_another_recording(*earlier, activity);
  store::StoredActivity stored;
  stored.id = activity.id;
  stored.athlete_id = activity.athlete_id;
  stored.name = activity.name;
  stored.sport_type = activity.sport_type;
  stored.start_date = activity.start_date;
  stored.start_date_local = activity.start_date_local;
  stored.timezone = activity.timezone;
  stored.distance_m = activity.distance_m;
  stored.moving_time_s = activity.moving_time_s;
  stored.elapsed_time_s = activity.elapsed_time_s;
  stored.elevation_gain_m = activity.elevation_gain_m;
  stored.summary_polyline = activity.summary_polyline;
  stored.polyline = activity.polyline;
  stored.visibility = activity.visibility;
  stored.event_time = event_time;
  stored.fetched = now;
  if (earlier) stored.recording_seen = earlier->recording_seen;
  if (is_another && (earlier || !is_of_history)) stored.recording_seen = now;
  stored.resource_state = activity.resource_state;
  stored.json = activity.json;
  store::Activities(database_).put(stored);
  return is_another && store::Streams(database_).forget(activity.id, now);
}

void Archive::remove(const store::Job& job) {
  const event::ActivityId id{job.object_id};
  if (!store::Activities(database_).remove(id, clock_.now())) return;
  store::Counters(database_).add(store::counter::kConfirmedDelete, clock_.now());
  changes_.deleted(id, job.athlete_id);
}

void Archive::purge_athlete(event::AthleteId athlete) {
  fetcher::purge_athlete(database_, changes_, athlete);
  store::Counters(database_).add(store::counter::kConfirmedDeauthorization, clock_.now());
}

}  // namespace hookspool::fetcher
