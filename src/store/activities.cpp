#include "store/activities.h"

#include "store/columns.h"

namespace hookspool::store {
namespace {

constexpr const char* kSelect = R"sql(
    SELECT id, athlete_id, name, sport_type, start_date, start_date_local, timezone, distance_m,
           moving_time_s, elapsed_time_s, elevation_gain_m, summary_polyline, polyline, visibility,
           event_at, fetched_us, json
    FROM activities )sql";

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
  database_.guarded([&] {
    database_.session() << R"sql(
        INSERT INTO activities (
          id, athlete_id, name, sport_type, start_date, start_date_local, timezone, distance_m,
          moving_time_s, elapsed_time_s, elevation_gain_m, summary_polyline, polyline, visibility,
          event_at, fetched_us, json)
        VALUES (
          :id, :athlete, :name, :sport_type, :start_date, :start_date_local, :timezone, :distance,
          :moving_time, :elapsed_time, :elevation_gain, :summary_polyline, :polyline, :visibility,
          :event_at, :fetched, :json)
        ON CONFLICT (id) DO UPDATE SET
          athlete_id = excluded.athlete_id, name = excluded.name,
          sport_type = excluded.sport_type, start_date = excluded.start_date,
          start_date_local = excluded.start_date_local, timezone = excluded.timezone,
          distance_m = excluded.distance_m, moving_time_s = excluded.moving_time_s,
          elapsed_time_s = excluded.elapsed_time_s,
          elevation_gain_m = excluded.elevation_gain_m,
          summary_polyline = excluded.summary_polyline, polyline = excluded.polyline,
          visibility = excluded.visibility, event_at = excluded.event_at,
          fetched_us = excluded.fetched_us, json = excluded.json)sql",
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
        soci::use(event_at.value, event_at.indicator), soci::use(fetched), soci::use(activity.json);
  });
}

bool Activities::remove(event::ActivityId id) {
  const std::int64_t activity = number(id);
  return database_.guarded([&] {
    soci::statement erase = (database_.session().prepare << "DELETE FROM activities WHERE id = :id",
                             soci::use(activity));
    erase.execute(true);
    return erase.get_affected_rows() == 1;
  });
}

std::optional<event::AthleteId> Activities::owner_of(event::ActivityId id) {
  const std::int64_t activity = number(id);
  return database_.guarded([&]() -> std::optional<event::AthleteId> {
    std::int64_t owner = 0;
    database_.session() << "SELECT athlete_id FROM activities WHERE id = :id", soci::use(activity),
        soci::into(owner);
    if (!database_.session().got_data()) return std::nullopt;
    return event::AthleteId{owner};
  });
}

std::optional<StoredActivity> Activities::find(event::ActivityId id) {
  const std::int64_t activity = number(id);
  return database_.guarded([&]() -> std::optional<StoredActivity> {
    soci::row row;
    database_.session() << std::string(kSelect) + "WHERE id = :id", soci::use(activity),
        soci::into(row);
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
        (database_.session().prepare << std::string(kSelect) +
                                            "WHERE :athlete = 0 OR athlete_id = :athlete "
                                            "ORDER BY start_date DESC, id DESC LIMIT :most",
         soci::use(wanted, "athlete"), soci::use(most, "most"));
    for (const soci::row& row : rows) activities.push_back(activity_of(row));
    return activities;
  });
}

std::int64_t Activities::count() {
  return database_.guarded([&] {
    std::int64_t count = 0;
    database_.session() << "SELECT COUNT(*) FROM activities", soci::into(count);
    return count;
  });
}

std::int64_t Activities::count_of(event::AthleteId athlete) {
  const std::int64_t athlete_id = number(athlete);
  return database_.guarded([&] {
    std::int64_t count = 0;
    database_.session() << "SELECT COUNT(*) FROM activities WHERE athlete_id = :athlete",
        soci::use(athlete_id), soci::into(count);
    return count;
  });
}

std::optional<Timestamp> Activities::newest_fetch() {
  return database_.guarded([&] {
    Nullable<std::int64_t> newest;
    database_.session() << "SELECT MAX(fetched_us) FROM activities",
        soci::into(newest.value, newest.indicator);
    return newest.get() ? std::optional(from_microseconds(*newest.get())) : std::nullopt;
  });
}

}  // namespace hookspool::store
