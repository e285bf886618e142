#include "store/activities.h"

#include "store/columns.h"

namespace hookspool::store {
namespace {

/// The same in `activities` and in `deleted_activities`.
const std::string kColumns = R"sql(
    id, athlete_id, name, sport_type, start_date, start_date_local, timezone, distance_m,
    moving_time_s, elapsed_time_s, elevation_gain_m, summary_polyline, polyline, visibility,
    event_at, fetched_us, json, resource_state, undeleted, recording_seen_us )sql";

const std::string kSelect = "SELECT " + kColumns + "FROM activities ";
const std::string kSelectDeleted = "SELECT " + kColumns + "FROM deleted_activities ";

template <typename Column, typename T = Column>
std::optional<T> get_if_there(const soci::row& row, std::size_t position) {
  if (row.get_indicator(position) != soci::i_ok) return std::nullopt;
  return T{row.get<Column>(position)};
}

StoredActivity activity_of(const soci::row& row) {
  StoredActivity activity;
  activity.id = event::ActivityId{row.get<long long>(0)};
  activity.athlete_id = event::AthleteId{row.get<long long>(1)};
  activity.name = get_if_there<std::string>(row, 2);
  activity.sport_type = get_if_there<std::string>(row, 3);
  activity.start_date = get_if_there<std::string>(row, 4);
  activity.start_date_local = get_if_there<std::string>(row, 5);
  activity.timezone = get_if_there<std::string>(row, 6);
  activity.distance_m = get_if_there<double>(row, 7);
  activity.moving_time_s = get_if_there<long long, std::int64_t>(row, 8);
  activity.elapsed_time_s = get_if_there<long long, std::int64_t>(row, 9);
  activity.elevation_gain_m = get_if_there<double>(row, 10);
  activity.summary_polyline = get_if_there<std::string>(row, 11);
  activity.polyline = get_if_there<std::string>(row, 12);
  activity.visibility = get_if_there<std::string>(row, 13);
  if (row.get_indicator(14) == soci::i_ok) {
    activity.event_time = from_seconds(row.get<long long>(14));
  }
  activity.fetched = from_microseconds(row.get<long long>(15));
  activity.json = row.get<std::string>(16);
  activity.resource_state = row.get<long long>(17);
  activity.undeleted = row.get<long long>(18) != 0;
  if (row.get_indicator(19) == soci::i_ok) {
    activity.recording_seen = from_microseconds(row.get<long long>(19));
  }
  return activity;
}

}  // namespace

void Activities::put(const StoredActivity& activity) {
  const std::int64_t id = number(activity.id);
  const std::int64_t athlete = number(activity.athlete_id);
  const std::int64_t fetched = to_microseconds(activity.fetched);
  Nullable name(activity.name);
  Nullable sport_type(activity.sport_type);
  Nullable start_date(activity.start_date);
  Nullable start_date_local(activity.start_date_local);
  Nullable timezone(activity.timezone);
  Nullable distance(activity.distance_m);
  Nullable moving_time(activity.moving_time_s);
  Nullable elapsed_time(activity.elapsed_time_s);
  Nullable elevation_gain(activity.elevation_gain_m);
  Nullable summary_polyline(activity.summary_polyline);
  Nullable polyline(activity.polyline);
  Nullable visibility(activity.visibility);
  Nullable<std::int64_t> event_at;
  if (activity.event_time) event_at = Nullable(std::optional(to_seconds(*activity.event_time)));
  Nullable<std::int64_t> recording_seen;
  if (activity.recording_seen) {
    recording_seen = Nullable(std::optional(to_microseconds(*activity.recording_seen)));
  }
  database_.run(R"sql(
        INSERT INTO activities (
          id, athlete_id, name, sport_type, start_date, start_date_local, timezone, distance_m,
          moving_time_s, elapsed_time_s, elevation_gain_m, summary_polyline, polyline, visibility,
          event_at, fetched_us, recording_seen_us, resource_state, json)
        VALUES (
          :id, :athlete, :name, :sport_type, :start_date, :start_date_local, :timezone, :distance,
          :moving_time, :elapsed_time, :elevation_gain, :summary_polyline, :polyline, :visibility,
          :event_at, :fetched, :recording_seen, :resource_state, :json)
        ON CONFLICT (id) DO UPDATE SET
          athlete_id = excluded.athlete_id, name = excluded.name,
          sport_type = excluded.sport_type, start_date = excluded.start_date,
          start_date_local = excluded.start_date_local, timezone = excluded.timezone,
          distance_m = excluded.distance_m, moving_time_s = excluded.moving_time_s,
          elapsed_time_s = excluded.elapsed_time_s,
          elevation_gain_m = excluded.elevation_gain_m,
          summary_polyline = excluded.summary_polyline, polyline = excluded.polyline,
          visibility = excluded.visibility, event_at = excluded.event_at,
          fetched_us = excluded.fetched_us, recording_seen_us = excluded.recording_seen_us,
          resource_state = excluded.resource_state,
          undeleted = 0, json = excluded.json)sql",
                soci::use(id), soci::use(athlete), soci::use(name.value, name.indicator),
                soci::use(sport_type.value, sport_type.indicator),
                soci::use(start_date.value, start_date.indicator),
                soci::use(start_date_local.value, start_date_local.indicator),
                soci::use(timezone.value, timezone.indicator),
                soci::use(distance.value, distance.indicator),
                soci::use(moving_time.value, moving_time.indicator),
                soci::use(elapsed_time.value, elapsed_time.indicator),
                soci::use(elevation_gain.value, elevation_gain.indicator),
                soci::use(summary_polyline.value, summary_polyline.indicator),
                soci::use(polyline.value, polyline.indicator),
                soci::use(visibility.value, visibility.indicator),
                soci::use(event_at.value, event_at.indicator), soci::use(fetched),
                soci::use(recording_seen.value, recording_seen.indicator),
                soci::use(activity.resource_state), soci::use(activity.json));
}

bool Activities::apply(event::ActivityId id, const ActivityUpdate& update,
                       std::chrono::sys_seconds event_time) {
  const std::int64_t activity = number(id);
  const std::int64_t event_at = to_seconds(event_time);
  Nullable name(update.name);
  const int only_me = update.only_me ? 1 : 0;
  // Only what changes is set, hence the three cases: json_set leaves the rest of the text as it
  // is, but a value that is read from there and set again may come out in another form, false as
  // 0.
  database_.run(R"sql(
           UPDATE activities SET
             name = COALESCE(:name, name),
             visibility = CASE WHEN :only_me THEN 'only_me' ELSE visibility END,
             json = CASE
               WHEN :only_me AND :name IS NOT NULL THEN
                 json_set(json, '$.name', :name, '$.visibility', 'only_me',
                          '$.private', json('true'))
               WHEN :only_me THEN
                 json_set(json, '$.visibility', 'only_me', '$.private', json('true'))
               ELSE json_set(json, '$.name', COALESCE(:name, name)) END,
             event_at = :event_at
           WHERE id = :id AND (event_at IS NULL OR event_at <= :event_at))sql",
                soci::use(name.value, name.indicator, "name"), soci::use(only_me, "only_me"),
                soci::use(event_at, "event_at"), soci::use(activity, "id"));
  return database_.affected() == 1;
}

void Activities::listed_as(event::ActivityId id, const std::string& words, Timestamp now) {
  const std::int64_t activity = number(id);
  const std::int64_t now_us = to_microseconds(now);
  database_.run(R"sql(
        UPDATE activities SET listed_as = :words, listed_as_us = :now
        WHERE id = :id AND listed_as <> :words)sql",
                soci::use(words, "words"), soci::use(now_us, "now"), soci::use(activity, "id"));
}

std::optional<Timestamp> Activities::listed_so_since(event::ActivityId id,
                                                     const std::string& words) {
  const std::int64_t activity = number(id);
  Nullable<std::int64_t> since;
  database_.run("SELECT MAX(listed_as_us) FROM activities WHERE id = :id AND listed_as = :words",
                soci::use(activity), soci::use(words), soci::into(since.value, since.indicator));
  return since.get() ? std::optional(from_microseconds(*since.get())) : std::nullopt;
}

bool Activities::remove(event::ActivityId id, Timestamp now) {
  const std::int64_t activity = number(id);
  const std::int64_t now_us = to_microseconds(now);
  Transaction transaction(database_);
  database_.run("INSERT OR REPLACE INTO deleted_activities (" + kColumns + ", deleted_us) SELECT " +
                    kColumns + ", :now FROM activities WHERE id = :id",
                soci::use(now_us), soci::use(activity));
  database_.run("DELETE FROM activities WHERE id = :id", soci::use(activity));
  const bool removed = database_.affected() == 1;
  transaction.commit();
  return removed;
}

bool Activities::undelete(event::ActivityId id) {
  const std::int64_t activity = number(id);
  Transaction transaction(database_);
  database_.run("INSERT INTO activities (" + kColumns + ") SELECT " + kColumns +
                    "FROM deleted_activities WHERE id = :id ON CONFLICT DO NOTHING",
                soci::use(activity));
  const bool restored = database_.affected() == 1;
  if (restored) {
    database_.run("UPDATE activities SET undeleted = 1 WHERE id = :id", soci::use(activity));
    database_.run("DELETE FROM deleted_activities WHERE id = :id", soci::use(activity));
  }
  transaction.commit();
  return restored;
}

void Activities::forget_undeletion(event::ActivityId id) {
  const std::int64_t activity = number(id);
  database_.run("UPDATE activities SET undeleted = 0 WHERE id = :id", soci::use(activity));
}

std::vector<DeletedActivity> Activities::deleted() {
  return database_.guarded([&] {
    std::vector<DeletedActivity> all;
    std::int64_t id = 0;
    std::int64_t athlete = 0;
    Nullable<std::string> name;
    std::int64_t deleted_us = 0;
    soci::statement select = (database_.session().prepare << R"sql(
        SELECT id, athlete_id, name, deleted_us FROM deleted_activities
        ORDER BY deleted_us DESC)sql",
                              soci::into(id), soci::into(athlete),
                              soci::into(name.value, name.indicator), soci::into(deleted_us));
    select.execute();
    while (select.fetch()) {
      all.push_back({event::ActivityId{id}, event::AthleteId{athlete}, name.get().value_or(""),
                     from_microseconds(deleted_us)});
    }
    return all;
  });
}

std::int64_t Activities::purge_deleted(Timestamp before) {
  const std::int64_t before_us = to_microseconds(before);
  Transaction transaction(database_);
  database_.run(R"sql(
        UPDATE events SET body = '', signature = ''
        WHERE object_type = 'activity' AND object_id IN
          (SELECT id FROM deleted_activities WHERE deleted_us <= :before)
          AND object_id NOT IN (SELECT id FROM activities))sql",
                soci::use(before_us));
  database_.run(R"sql(
        DELETE FROM streams WHERE activity_id IN
          (SELECT id FROM deleted_activities WHERE deleted_us <= :before)
          AND activity_id NOT IN (SELECT id FROM activities))sql",
                soci::use(before_us));
  database_.run("DELETE FROM deleted_activities WHERE deleted_us <= :before", soci::use(before_us));
  const std::int64_t purged = database_.affected();
  transaction.commit();
  return purged;
}

std::vector<OwnedActivity> Activities::expire(Timestamp fetched_before) {
  const std::int64_t before_us = to_microseconds(fetched_before);
  std::vector<OwnedActivity> expired;
  std::int64_t id = 0;
  std::int64_t athlete = 0;
  Transaction transaction(database_);
  database_.run_for_each(
      "SELECT id, athlete_id FROM activities WHERE fetched_us < :before ORDER BY fetched_us",
      [&](soci::statement& statement) {
        statement.exchange(soci::into(id));
        statement.exchange(soci::into(athlete));
      },
      [&] {
        expired.push_back({event::ActivityId{id}, event::AthleteId{athlete}});
      },
      soci::use(before_us));
  if (!expired.empty()) {
    database_.run(R"sql(
        UPDATE events SET body = '', signature = ''
        WHERE object_type = 'activity' AND object_id IN
          (SELECT id FROM activities WHERE fetched_us < :before))sql",
                  soci::use(before_us));
    database_.run(R"sql(
        DELETE FROM streams WHERE activity_id IN
          (SELECT id FROM activities WHERE fetched_us < :before))sql",
                  soci::use(before_us));
    database_.run("DELETE FROM activities WHERE fetched_us < :before", soci::use(before_us));
  }
  transaction.commit();
  return expired;
}

std::optional<event::AthleteId> Activities::owner_of(event::ActivityId id) {
  const std::int64_t activity = number(id);
  std::int64_t owner = 0;
  if (!database_.run("SELECT athlete_id FROM activities WHERE id = :id", soci::use(activity),
                     soci::into(owner)))
    return std::nullopt;
  return event::AthleteId{owner};
}

std::optional<Timestamp> Activities::fetched_at(event::ActivityId id) {
  const std::int64_t activity = number(id);
  std::int64_t fetched_us = 0;
  if (!database_.run("SELECT fetched_us FROM activities WHERE id = :id", soci::use(activity),
                     soci::into(fetched_us)))
    return std::nullopt;
  return from_microseconds(fetched_us);
}

std::optional<StoredActivity> Activities::find(event::ActivityId id) {
  return find(kSelect, id);
}

std::optional<StoredActivity> Activities::find_deleted(event::ActivityId id) {
  return find(kSelectDeleted, id);
}

std::optional<StoredActivity> Activities::find(const std::string& select, event::ActivityId id) {
  const std::int64_t activity = number(id);
  return database_.guarded([&]() -> std::optional<StoredActivity> {
    soci::row row;
    database_.session() << select + "WHERE id = :id", soci::use(activity), soci::into(row);
    if (!database_.session().got_data()) return std::nullopt;
    return activity_of(row);
  });
}

std::vector<StoredActivity> Activities::list(std::size_t limit,
                                             std::optional<event::AthleteId> athlete) {
  const auto most = static_cast<std::int64_t>(limit);
  const std::int64_t wanted = athlete ? number(*athlete) : 0;
  return database_.guarded([&] {
    std::vector<StoredActivity> activities;
    const soci::rowset<soci::row> rows =
        (database_.session().prepare << kSelect +
                                            "WHERE :athlete = 0 OR athlete_id = :athlete "
                                            "ORDER BY start_date DESC, id DESC LIMIT :most",
         soci::use(wanted, "athlete"), soci::use(most, "most"));
    for (const soci::row& row : rows) activities.push_back(activity_of(row));
    return activities;
  });
}

std::int64_t Activities::count() {
  std::int64_t count = 0;
  database_.run("SELECT COUNT(*) FROM activities", soci::into(count));
  return count;
}

std::int64_t Activities::count_of(event::AthleteId athlete) {
  const std::int64_t athlete_id = number(athlete);
  std::int64_t count = 0;
  database_.run("SELECT COUNT(*) FROM activities WHERE athlete_id = :athlete",
                soci::use(athlete_id), soci::into(count));
  return count;
}

std::optional<Timestamp> Activities::newest_fetch() {
  Nullable<std::int64_t> newest;
  database_.run("SELECT MAX(fetched_us) FROM activities",
                soci::into(newest.value, newest.indicator));
  return newest.get() ? std::optional(from_microseconds(*newest.get())) : std::nullopt;
}

}  // namespace hookspool::store
