#include "store/schema.h"

#include <array>
#include <string>
#include <vector>

#include "store/database.h"

namespace hookspool::store {

/// Times are whole seconds since 1970 where the name ends in _at, microseconds where it ends in
/// _us. BIGINT rather than INTEGER, which SOCI reads into 32 bits. A migration is never edited once
/// it has been released: a change is a further one.
///
/// The id of a job is never given again (AUTOINCREMENT): a worker that comes back late must not end
/// another job than its own.
const std::vector<std::vector<const char*>>& migrations() {
  static const std::vector<std::vector<const char*>> all{
      // 1
      {R"sql(
        CREATE TABLE events (
          record_id   TEXT PRIMARY KEY,
          received_us BIGINT NOT NULL,
          kind        TEXT NOT NULL,
          object_type TEXT NOT NULL,
          object_id   BIGINT NOT NULL,
          owner_id    BIGINT NOT NULL,
          event_at    BIGINT NOT NULL,
          body        TEXT NOT NULL,
          signature   TEXT NOT NULL
        ) WITHOUT ROWID)sql",
       "CREATE INDEX events_by_object ON events (object_type, object_id, event_at)",
       "CREATE INDEX events_by_time ON events (received_us)",
       R"sql(
        CREATE TABLE athletes (
          id                BIGINT PRIMARY KEY,
          refresh_token     TEXT NOT NULL,
          access_token      TEXT NOT NULL,
          access_expires_at BIGINT NOT NULL,
          scope             TEXT NOT NULL,
          stopped_because   TEXT,
          refresh_holder    TEXT,
          refresh_until_us  BIGINT NOT NULL DEFAULT 0
        ))sql",
       R"sql(
        CREATE TABLE activities (
          id               BIGINT PRIMARY KEY,
          athlete_id       BIGINT NOT NULL,
          name             TEXT,
          sport_type       TEXT,
          start_date       TEXT,
          start_date_local TEXT,
          timezone         TEXT,
          distance_m       REAL,
          moving_time_s    BIGINT,
          elapsed_time_s   BIGINT,
          elevation_gain_m REAL,
          summary_polyline TEXT,
          polyline         TEXT,
          visibility       TEXT,
          event_at         BIGINT,
          fetched_us       BIGINT NOT NULL,
          json             TEXT NOT NULL
        ))sql",
       "CREATE INDEX activities_by_start ON activities (start_date)",
       "CREATE INDEX activities_by_athlete ON activities (athlete_id, start_date)",
       R"sql(
        CREATE TABLE jobs (
          id              INTEGER PRIMARY KEY AUTOINCREMENT,
          object_type     TEXT NOT NULL,
          object_id       BIGINT NOT NULL,
          athlete_id      BIGINT NOT NULL,
          wish            TEXT NOT NULL,
          event_at        BIGINT NOT NULL,
          created_us      BIGINT NOT NULL,
          revision        BIGINT NOT NULL DEFAULT 1,
          due_us          BIGINT NOT NULL,
          attempts        BIGINT NOT NULL DEFAULT 0,
          first_failed_us BIGINT,
          last_error      TEXT,
          dead            BIGINT NOT NULL DEFAULT 0,
          holder          TEXT,
          leased_until_us BIGINT NOT NULL DEFAULT 0,
          UNIQUE (object_type, object_id)
        ))sql",
       "CREATE INDEX jobs_by_due ON jobs (dead, due_us)",
       R"sql(
        CREATE TABLE pause (
          id       BIGINT PRIMARY KEY CHECK (id = 1),
          reason   TEXT NOT NULL,
          since_us BIGINT NOT NULL,
          until_us BIGINT NOT NULL
        ))sql"},
      // 2
      {R"sql(
        CREATE TABLE authorizations (
          state           TEXT PRIMARY KEY,
          received_us     BIGINT NOT NULL,
          code            TEXT NOT NULL,
          scope           TEXT NOT NULL,
          due_us          BIGINT NOT NULL,
          holder          TEXT,
          leased_until_us BIGINT NOT NULL DEFAULT 0,
          ended           BIGINT NOT NULL DEFAULT 0,
          athlete_id      BIGINT,
          complaint       TEXT
        ) WITHOUT ROWID)sql"},
      // 3
      {R"sql(
        CREATE TABLE rate_usage (
          counter            TEXT PRIMARY KEY,
          quarter_hour_limit BIGINT NOT NULL,
          quarter_hour_used  BIGINT NOT NULL,
          day_limit          BIGINT NOT NULL,
          day_used           BIGINT NOT NULL,
          seen_us            BIGINT NOT NULL
        ) WITHOUT ROWID)sql"},
      // 4
      {"DROP TABLE rate_usage",
       R"sql(
        CREATE TABLE rate_windows (
          window        TEXT PRIMARY KEY,
          turns_us      BIGINT NOT NULL,
          taken         BIGINT NOT NULL,
          answered      BIGINT NOT NULL,
          late          BIGINT NOT NULL,
          overall_limit BIGINT NOT NULL,
          overall_used  BIGINT NOT NULL,
          read_limit    BIGINT NOT NULL,
          read_used     BIGINT NOT NULL
        ) WITHOUT ROWID)sql",
       "DROP TABLE pause",
       R"sql(
        CREATE TABLE pause (
          id       BIGINT PRIMARY KEY CHECK (id = 1),
          kind     TEXT NOT NULL,
          reason   TEXT NOT NULL,
          since_us BIGINT NOT NULL,
          until_us BIGINT NOT NULL,
          probes   BIGINT NOT NULL DEFAULT 0
        ))sql",
       "ALTER TABLE jobs ADD COLUMN lane BIGINT NOT NULL DEFAULT 0",
       "ALTER TABLE jobs ADD COLUMN remaining TEXT NOT NULL DEFAULT 'everything'",
       "ALTER TABLE jobs ADD COLUMN with_streams BIGINT NOT NULL DEFAULT 1",
       "ALTER TABLE jobs ADD COLUMN settling_since BIGINT",
       "DROP INDEX jobs_by_due",
       "CREATE INDEX jobs_by_due ON jobs (dead, lane, due_us)",
       "CREATE INDEX jobs_by_athlete ON jobs (athlete_id)",
       "ALTER TABLE athletes ADD COLUMN reconciled_us BIGINT NOT NULL DEFAULT 0",
       "ALTER TABLE activities ADD COLUMN resource_state BIGINT NOT NULL DEFAULT 3",
       "ALTER TABLE activities ADD COLUMN undeleted BIGINT NOT NULL DEFAULT 0",
       "CREATE TABLE deleted_activities AS SELECT * FROM activities WHERE 0",
       "ALTER TABLE deleted_activities ADD COLUMN deleted_us BIGINT NOT NULL DEFAULT 0",
       "CREATE UNIQUE INDEX deleted_activities_by_id ON deleted_activities (id)",
       R"sql(
        CREATE TABLE streams (
          activity_id BIGINT PRIMARY KEY,
          fetched_us  BIGINT NOT NULL,
          gzip        BLOB NOT NULL
        ))sql",
       R"sql(
        CREATE TABLE counters (
          name    TEXT PRIMARY KEY,
          count   BIGINT NOT NULL,
          last_us BIGINT NOT NULL
        ) WITHOUT ROWID)sql",
       R"sql(
        CREATE TABLE listings (
          id           INTEGER PRIMARY KEY AUTOINCREMENT,
          kind         TEXT NOT NULL,
          athlete_id   BIGINT NOT NULL,
          begun_us     BIGINT NOT NULL,
          after_at     BIGINT NOT NULL,
          before_at    BIGINT NOT NULL,
          details      BIGINT NOT NULL,
          with_streams BIGINT NOT NULL,
          may_remove   BIGINT NOT NULL,
          page         BIGINT NOT NULL DEFAULT 1,
          listed       BIGINT NOT NULL DEFAULT 0,
          wanted       BIGINT NOT NULL DEFAULT 0,
          gone         BIGINT NOT NULL DEFAULT 0,
          ended_us     BIGINT
        ))sql",
       "CREATE INDEX listings_by_athlete ON listings (athlete_id, kind)",
       R"sql(
        CREATE TABLE listed_activities (
          listing_id  BIGINT NOT NULL,
          activity_id BIGINT NOT NULL,
          PRIMARY KEY (listing_id, activity_id)
        ) WITHOUT ROWID)sql",
       R"sql(
        CREATE TABLE notifications (
          id              INTEGER PRIMARY KEY AUTOINCREMENT,
          change_id       TEXT NOT NULL,
          consumer        TEXT NOT NULL,
          kind            TEXT NOT NULL,
          object_type     TEXT NOT NULL,
          object_id       BIGINT NOT NULL,
          athlete_id      BIGINT NOT NULL,
          detail          TEXT NOT NULL,
          made_us         BIGINT NOT NULL,
          due_us          BIGINT NOT NULL,
          attempts        BIGINT NOT NULL DEFAULT 0,
          first_failed_us BIGINT,
          last_error      TEXT,
          dead            BIGINT NOT NULL DEFAULT 0,
          holder          TEXT,
          leased_until_us BIGINT NOT NULL DEFAULT 0
        ))sql",
       "CREATE INDEX notifications_by_due ON notifications (dead, consumer, due_us)",
       "CREATE INDEX notifications_by_object ON notifications (consumer, object_type, object_id)",
       R"sql(
        CREATE TABLE alerts (
          name     TEXT PRIMARY KEY,
          since_us BIGINT NOT NULL,
          detail   TEXT NOT NULL
        ) WITHOUT ROWID)sql"},
      // 5
      {"CREATE INDEX activities_by_fetch ON activities (fetched_us)"},
      // 6
      {R"sql(
        CREATE INDEX events_that_tell_of_deletions ON events (received_us)
        WHERE kind = 'activity.delete' AND body <> '')sql"},
      // 7
      {"ALTER TABLE athletes ADD COLUMN authorized_us BIGINT NOT NULL DEFAULT 0",
       "UPDATE athletes SET authorized_us = reconciled_us",
       R"sql(
        INSERT INTO counters (name, count, last_us)
        SELECT 'events', known, last_us FROM
          (SELECT COUNT(*) AS known, MAX(received_us) AS last_us FROM events
           WHERE kind <> 'unknown')
        WHERE known > 0)sql"},
      // 8
      {"ALTER TABLE listings ADD COLUMN looks_again BIGINT NOT NULL DEFAULT 0"},
      // 9
      {"ALTER TABLE activities ADD COLUMN listed_as TEXT NOT NULL DEFAULT ''",
       "ALTER TABLE activities ADD COLUMN listed_as_us BIGINT NOT NULL DEFAULT 0"},
      // 10: that Strava has none was noted in 22 bytes of gzip, and after any refusal
      {"DELETE FROM streams WHERE LENGTH(gzip) < 30",
       "ALTER TABLE streams ADD COLUMN are_none BIGINT NOT NULL DEFAULT 0",
       "ALTER TABLE streams ADD COLUMN asked TEXT NOT NULL DEFAULT ''"},
      // 11: CREATE TABLE AS had left out the types by which SOCI reads
      {"ALTER TABLE activities ADD COLUMN recording_seen_us BIGINT",
       "ALTER TABLE deleted_activities RENAME TO untyped",
       R"sql(
        CREATE TABLE deleted_activities (
          id                BIGINT PRIMARY KEY,
          athlete_id        BIGINT NOT NULL,
          name              TEXT,
          sport_type        TEXT,
          start_date        TEXT,
          start_date_local  TEXT,
          timezone          TEXT,
          distance_m        REAL,
          moving_time_s     BIGINT,
          elapsed_time_s    BIGINT,
          elevation_gain_m  REAL,
          summary_polyline  TEXT,
          polyline          TEXT,
          visibility        TEXT,
          event_at          BIGINT,
          fetched_us        BIGINT NOT NULL,
          json              TEXT NOT NULL,
          resource_state    BIGINT NOT NULL,
          undeleted         BIGINT NOT NULL,
          recording_seen_us BIGINT,
          deleted_us        BIGINT NOT NULL
        ))sql",
       R"sql(
        INSERT INTO deleted_activities
        SELECT id, athlete_id, name, sport_type, start_date, start_date_local, timezone, distance_m,
               moving_time_s, elapsed_time_s, elevation_gain_m, summary_polyline, polyline,
               visibility, event_at, fetched_us, json, resource_state, undeleted, NULL, deleted_us
        FROM untyped)sql",
       "DROP TABLE untyped"},
      // 12: each athlete's jobs apart, whoever else an event names as the owner. A job of what is
      // stored is its owner's from now on, and of what is not each athlete whom an event names has
      // one, unless a deletion came behind that. Ids go on where they were, though SQLite counts
      // them by the table's name.
      {"ALTER TABLE jobs RENAME TO jobs_by_object",
       R"sql(
        CREATE TABLE jobs (
          id              INTEGER PRIMARY KEY AUTOINCREMENT,
          object_type     TEXT NOT NULL,
          object_id       BIGINT NOT NULL,
          athlete_id      BIGINT NOT NULL,
          wish            TEXT NOT NULL,
          event_at        BIGINT NOT NULL,
          created_us      BIGINT NOT NULL,
          revision        BIGINT NOT NULL DEFAULT 1,
          due_us          BIGINT NOT NULL,
          attempts        BIGINT NOT NULL DEFAULT 0,
          first_failed_us BIGINT,
          last_error      TEXT,
          dead            BIGINT NOT NULL DEFAULT 0,
          holder          TEXT,
          leased_until_us BIGINT NOT NULL DEFAULT 0,
          lane            BIGINT NOT NULL DEFAULT 0,
          remaining       TEXT NOT NULL DEFAULT 'everything',
          with_streams    BIGINT NOT NULL DEFAULT 1,
          settling_since  BIGINT,
          UNIQUE (object_type, object_id, athlete_id)
        ))sql",
       R"sql(
        UPDATE jobs_by_object
        SET athlete_id = (SELECT athlete_id FROM activities WHERE id = object_id)
        WHERE object_type = 'activity' AND object_id IN (SELECT id FROM activities))sql",
       "INSERT INTO jobs SELECT * FROM jobs_by_object",
       "DELETE FROM sqlite_sequence WHERE name = 'jobs'",
       "UPDATE sqlite_sequence SET name = 'jobs' WHERE name = 'jobs_by_object'",
       R"sql(
        INSERT INTO jobs (object_type, object_id, athlete_id, wish, event_at, created_us, due_us)
        SELECT 'activity', events.object_id, owner_id, 'fetch', MAX(events.event_at),
               MAX(received_us), MAX(received_us)
        FROM events JOIN jobs_by_object AS job
          ON job.object_type = events.object_type AND job.object_id = events.object_id
        WHERE kind IN ('activity.create', 'activity.update')
          AND owner_id <> job.athlete_id AND owner_id IN (SELECT id FROM athletes)
          AND events.object_id NOT IN (SELECT id FROM activities)
          AND NOT EXISTS (
            SELECT 1 FROM events AS later
            WHERE later.kind = 'activity.delete' AND later.object_type = events.object_type
              AND later.object_id = events.object_id AND later.owner_id = events.owner_id
              AND later.event_at >= events.event_at)
        GROUP BY events.object_id, owner_id)sql",
       "DROP TABLE jobs_by_object", "CREATE INDEX jobs_by_due ON jobs (dead, lane, due_us)",
       "CREATE INDEX jobs_by_athlete ON jobs (athlete_id)"},
      // 13: entries of the journal are numbered in the order in which they are made, and no number
      // is given again, so that somebody can follow it: what comes in may have been received before
      // what is there
      {"ALTER TABLE events RENAME TO unnumbered",
       R"sql(
        CREATE TABLE events (
          entry       INTEGER PRIMARY KEY AUTOINCREMENT,
          record_id   TEXT NOT NULL UNIQUE,
          received_us BIGINT NOT NULL,
          kind        TEXT NOT NULL,
          object_type TEXT NOT NULL,
          object_id   BIGINT NOT NULL,
          owner_id    BIGINT NOT NULL,
          event_at    BIGINT NOT NULL,
          body        TEXT NOT NULL,
          signature   TEXT NOT NULL
        ))sql",
       R"sql(
        INSERT INTO events (record_id, received_us, kind, object_type, object_id, owner_id,
                            event_at, body, signature)
        SELECT record_id, received_us, kind, object_type, object_id, owner_id, event_at, body,
               signature
        FROM unnumbered ORDER BY received_us, record_id)sql",
       "DROP TABLE unnumbered",
       "CREATE INDEX events_by_object ON events (object_type, object_id, event_at)",
       "CREATE INDEX events_by_time ON events (received_us)",
       R"sql(
        CREATE INDEX events_that_tell_of_deletions ON events (received_us)
        WHERE kind = 'activity.delete' AND body <> '')sql"},
      // 14: of athletes of before version 4 nobody knew since when they are here, and all of their
      // history would be fetched as if it had been missed
      {R"sql(
        UPDATE athletes SET authorized_us = CAST(STRFTIME('%s', 'now') AS INTEGER) * 1000000
        WHERE authorized_us = 0)sql",
       R"sql(
        UPDATE athletes SET reconciled_us = CAST(STRFTIME('%s', 'now') AS INTEGER) * 1000000
        WHERE reconciled_us = 0)sql"},
  };
  return all;
}

namespace {

int version_of(Database& database) {
  int version = 0;
  database.session() << "PRAGMA user_version", soci::into(version);
  return version;
}

}  // namespace

void migrate(Database& database) {
  database.guarded([&] {
    const int newest = static_cast<int>(migrations().size());
    if (version_of(database) == newest) return;
    Transaction transaction(database);
    // Another process may have been faster.
    const int version = version_of(database);
    if (version > newest) {
      throw StoreError(ExitCode::kConfiguration,
                       "the database " + database.path().string() + " is of version " +
                           std::to_string(version) +
                           ", made by a newer hookspool; this one knows " + std::to_string(newest) +
                           " and leaves it alone. Install the newer one");
    }
    if (version < 0) {
      throw StoreError(ExitCode::kConfiguration,
                       "the database " + database.path().string() + " is of version " +
                           std::to_string(version) +
                           ", which no hookspool makes; is it another program's? Name another file "
                           "in store.url");
    }
    for (int next = version; next < newest; ++next) {
      for (const char* statement : migrations()[static_cast<std::size_t>(next)]) {
        database.session() << statement;
      }
    }
    database.session() << "PRAGMA user_version = " + std::to_string(newest);
    transaction.commit();
  });
}

}  // namespace hookspool::store
