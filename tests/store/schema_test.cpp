#include "store/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file_content.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/columns.h"
#include "store/database.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/leases.h"
#include "support/temporary_directory.h"

namespace hookspool::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A database file as it is before hookspool, or another version of it, sees it.
class SchemaTest : public testing::Test {
 protected:
  /// Runs a statement as a program that knows nothing of our schema.
  void execute(const std::string& statement) const { session() << statement; }
  int number(const std::string& query) const {
    int value = -1;
    session() << query, soci::into(value);
    return value;
  }
  /// As the version was before the one of which a statement has these words.
  void migrate_up_to(const std::string& words) const {
    int version = 0;
    for (const auto& statements : migrations()) {
      const bool has_them =
          std::any_of(statements.begin(), statements.end(), [&words](const char* statement) {
            return std::string(statement).find(words) != std::string::npos;
          });
      if (has_them) break;
      for (const char* statement : statements) execute(statement);
      ++version;
    }
    execute("PRAGMA user_version = " + std::to_string(version));
  }
  /// A job of an activity, while there was one for each.
  void add_job_of_before(int id, int activity, int athlete, const std::string& wish) const {
    execute(
        "INSERT INTO jobs (id, object_type, object_id, athlete_id, wish, event_at, created_us,"
        " due_us) VALUES (" +
        std::to_string(id) + ", 'activity', " + std::to_string(activity) + ", " +
        std::to_string(athlete) + ", '" + wish + "', 0, 0, 0)");
  }
  void add_athlete_of_before(int id) const {
    execute(
        "INSERT INTO athletes (id, refresh_token, access_token, access_expires_at, scope)"
        " VALUES (" +
        std::to_string(id) + ", '', '', 0, '')");
  }
  int version() const { return number("PRAGMA user_version"); }
  int tables() const { return number("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'"); }

  /// What opening it is refused with; empty if it is not.
  std::string refusal() const {
    try {
      const Database database(url());
      return "";
    } catch (const StoreError& error) {
      return error.what();
    }
  }

  std::filesystem::path path() const { return directory_ / "hookspool.db"; }
  std::string url() const { return "sqlite:" + path().string(); }

 private:
  soci::session session() const { return {soci::sqlite3, "dbname=\"" + path().string() + "\""}; }

  test::TemporaryDirectory directory_;
};

/// The end of a child that opened the database and added an athlete, once `start` was closed.
int add_athlete_at_a_sign(const std::string& url, std::int64_t id,
                          const std::array<int, 2>& start) {
  ::close(start[1]);
  char byte = 0;
  while (::read(start[0], &byte, 1) > 0) {
  }
  try {
    Database database(url);
    Athlete athlete;
    athlete.id = event::AthleteId{id};
    Athletes(database).put(athlete, {});
    return 0;
  } catch (const StoreError&) {
    return 1;
  }
}

TEST_F(SchemaTest, IsMadeOnceByProcessesThatStartAtTheSameTime) {
  constexpr std::int64_t kProcesses = 6;
  std::array<int, 2> start{};
  ASSERT_EQ(::pipe(start.data()), 0);
  for (std::int64_t id = 1; id <= kProcesses; ++id) {
    if (::fork() == 0) ::_exit(add_athlete_at_a_sign(url(), id, start));
  }
  for (const int fd : start) ::close(fd);

  for (int i = 0; i < kProcesses; ++i) {
    int status = -1;
    ASSERT_GT(::wait(&status), 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(number("SELECT COUNT(*) FROM athletes"), kProcesses);
}

TEST_F(SchemaTest, OfANewerVersionIsNotTouched) {
  { const Database database(url()); }
  execute("PRAGMA user_version = 999");
  const std::string before = read_file(path());

  EXPECT_THAT(refusal(), HasSubstr("999"));

  EXPECT_EQ(read_file(path()), before);
}

/// Else a later start would find half of it, and never get further.
TEST_F(SchemaTest, IsMadeWholeOrNotAtAll) {
  execute("CREATE TABLE jobs (id INTEGER)");

  EXPECT_THAT(refusal(), HasSubstr("jobs"));

  EXPECT_EQ(tables(), 1);
  EXPECT_EQ(version(), 0);
}

TEST_F(SchemaTest, KnowsAfterwardsWhenTheLastEventCameAndSinceWhenAthletesAreThere) {
  migrate_up_to("ADD COLUMN authorized_us");
  execute(R"sql(
      INSERT INTO athletes VALUES (134815, 'r', 'a', 0, '', NULL, NULL, 0, 7))sql");
  execute(R"sql(
      INSERT INTO events VALUES
        ('a', 5, 'activity.create', 'activity', 1, 134815, 0, '{}', ''),
        ('b', 6, 'activity.delete', 'activity', 1, 134815, 0, '{}', ''),
        ('c', 7, 'unknown', 'activity', 1, 134815, 0, '{}', ''))sql");

  { const Database database(url()); }

  EXPECT_EQ(number("SELECT authorized_us FROM athletes"), 7);
  EXPECT_EQ(number("SELECT count FROM counters WHERE name = 'events'"), 2);
  EXPECT_EQ(number("SELECT last_us FROM counters WHERE name = 'events'"), 6);
}

/// Every refusal was taken for an answer; which ones were none cannot be told any more.
TEST_F(SchemaTest, HasStreamsAskedForAgainWhereNoneWereNoted) {
  migrate_up_to("ADD COLUMN are_none");
  execute("INSERT INTO streams VALUES (1, 5, zeroblob(22)), (2, 6, zeroblob(40))");

  { const Database database(url()); }

  EXPECT_EQ(number("SELECT COUNT(*) FROM streams"), 1);
  EXPECT_EQ(number("SELECT activity_id FROM streams WHERE are_none = 0 AND asked = ''"), 2);
}

TEST_F(SchemaTest, KeepsWhatCanBeBroughtBack) {
  migrate_up_to("ADD COLUMN recording_seen_us");
  execute(R"sql(
      INSERT INTO deleted_activities
        (id, athlete_id, name, distance_m, fetched_us, json, resource_state, undeleted, deleted_us)
      VALUES (14919682220, 134815, 'Evening ride', 28099.5, 5, '{}', 3, 0, 6))sql");

  Database database(url());
  Activities activities(database);

  ASSERT_EQ(activities.deleted().size(), 1U);
  const event::ActivityId id{14919682220};
  EXPECT_EQ(activities.find_deleted(id)->distance_m, 28099.5);
  EXPECT_TRUE(activities.undelete(id));
  EXPECT_EQ(activities.find(id)->name, "Evening ride");
}

TEST_F(SchemaTest, KeepsTheJobsThatWereOneForEachObject) {
  migrate_up_to("RENAME TO jobs_by_object");
  execute(R"sql(
      INSERT INTO jobs VALUES
        (7, 'activity', 14919682220, 134815, 'remove', 1, 2, 3, 4, 5, 6, '503', 1, 'us', 8, 2,
         'streams', 0, 9))sql");

  Database database(url());
  Jobs jobs(database);

  const auto job = jobs.find(Wish::kFetch, 14919682220, event::AthleteId{134815});
  ASSERT_TRUE(job);
  EXPECT_EQ(job->id, 7);
  EXPECT_EQ(job->wish, Wish::kRemove);
  EXPECT_EQ(to_seconds(job->event_time), 1);
  EXPECT_EQ(to_microseconds(job->created), 2);
  EXPECT_EQ(job->revision, 3);
  EXPECT_EQ(to_microseconds(job->due), 4);
  EXPECT_EQ(job->attempts, 5);
  EXPECT_EQ(job->first_failed, from_microseconds(6));
  EXPECT_EQ(job->last_error, "503");
  EXPECT_TRUE(job->dead);
  EXPECT_EQ(to_microseconds(job->leased_until), 8);
  EXPECT_EQ(job->lane, Lane::kSettle);
  EXPECT_EQ(job->remaining, Remaining::kStreams);
  EXPECT_FALSE(job->with_streams);
  EXPECT_EQ(job->settling_since, from_seconds(9));
  EXPECT_THAT(Leases(database).holders(), ElementsAre("us"));
}

TEST_F(SchemaTest, GivesTheJobOfWhatIsStoredToItsOwner) {
  migrate_up_to("RENAME TO jobs_by_object");
  execute("INSERT INTO activities (id, athlete_id, fetched_us, json) VALUES (1, 134815, 0, '{}')");
  add_job_of_before(1, 1, 99, "remove");

  Database database(url());

  EXPECT_EQ(Jobs(database).find(Wish::kRemove, 1, event::AthleteId{134815})->wish, Wish::kRemove);
  EXPECT_EQ(number("SELECT COUNT(*) FROM jobs"), 1);
}

/// One had the job for all.
TEST_F(SchemaTest, MakesAJobOfEachAthleteWhomEventsNameForWhatIsNotStored) {
  migrate_up_to("RENAME TO jobs_by_object");
  for (const int id : {7, 134815}) add_athlete_of_before(id);
  execute(R"sql(
      INSERT INTO events VALUES
        ('a', 5, 'activity.create', 'activity', 1, 134815, 3, '{}', ''),
        ('b', 6, 'activity.update', 'activity', 1, 134815, 4, '{}', ''),
        ('c', 7, 'activity.create', 'activity', 1, 7, 5, '{}', ''),
        ('d', 8, 'activity.create', 'activity', 1, 99, 5, '{}', ''),
        ('e', 9, 'activity.create', 'activity', 2, 134815, 5, '{}', ''))sql");
  add_job_of_before(1, 1, 7, "fetch");

  Database database(url());

  const auto job = Jobs(database).find(Wish::kFetch, 1, event::AthleteId{134815});
  ASSERT_TRUE(job);
  EXPECT_EQ(job->event_time, from_seconds(4));
  EXPECT_EQ(to_microseconds(job->due), 6);
  EXPECT_TRUE(Jobs(database).find(Wish::kFetch, 1, event::AthleteId{7}));
  EXPECT_EQ(number("SELECT COUNT(*) FROM jobs"), 2);
}

TEST_F(SchemaTest, MakesAJobOfWhatADeadOneStoodFor) {
  migrate_up_to("RENAME TO jobs_by_object");
  for (const int id : {7, 134815}) add_athlete_of_before(id);
  execute(R"sql(
      INSERT INTO events VALUES
        ('a', 5, 'activity.create', 'activity', 1, 134815, 3, '{}', ''),
        ('b', 6, 'activity.create', 'activity', 2, 134815, 4, '{}', ''))sql");
  add_job_of_before(1, 1, 99, "fetch");
  add_job_of_before(2, 2, 7, "fetch");
  execute("UPDATE jobs SET dead = 1");

  Database database(url());

  EXPECT_TRUE(Jobs(database).find(Wish::kFetch, 1, event::AthleteId{134815}));
  EXPECT_TRUE(Jobs(database).find(Wish::kFetch, 2, event::AthleteId{134815}));
}

TEST_F(SchemaTest, MakesNoJobOfWhatItsAthleteDeletedSince) {
  migrate_up_to("RENAME TO jobs_by_object");
  for (const int id : {7, 134815}) add_athlete_of_before(id);
  execute(R"sql(
      INSERT INTO events VALUES
        ('a', 5, 'activity.create', 'activity', 1, 134815, 3, '{}', ''),
        ('b', 6, 'activity.delete', 'activity', 1, 134815, 4, '{}', ''),
        ('c', 5, 'activity.create', 'activity', 2, 134815, 3, '{}', ''),
        ('d', 6, 'activity.delete', 'activity', 2, 7, 4, '{}', ''),
        ('e', 6, 'activity.delete', 'activity', 3, 134815, 3, '{}', ''),
        ('f', 5, 'activity.create', 'activity', 3, 134815, 4, '{}', ''))sql");
  for (const int id : {1, 2, 3}) add_job_of_before(id, id, 7, "fetch");

  Database database(url());

  EXPECT_FALSE(Jobs(database).find(Wish::kFetch, 1, event::AthleteId{134815}));
  EXPECT_TRUE(Jobs(database).find(Wish::kFetch, 2, event::AthleteId{134815}))
      << "another's deletion says nothing";
  EXPECT_TRUE(Jobs(database).find(Wish::kFetch, 3, event::AthleteId{134815}))
      << "the deletion is older";
}

TEST_F(SchemaTest, NumbersTheJournalInTheOrderInWhichItWasReceived) {
  migrate_up_to("RENAME TO unnumbered");
  execute(R"sql(
      INSERT INTO events VALUES
        ('a', 6, 'activity.create', 'activity', 1, 134815, 3, '{"a":1}', 'signed'),
        ('b', 5, 'activity.delete', 'activity', 2, 7, 4, '', ''))sql");

  Database database(url());

  const auto all = Events(database).list({.after = 0});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].record_id, "b");
  EXPECT_EQ(all[0].event.kind, event::Kind::kActivityDelete);
  EXPECT_EQ(all[1].record_id, "a");
  EXPECT_EQ(to_microseconds(all[1].received), 6);
  EXPECT_EQ(all[1].event.owner_id, event::AthleteId{134815});
  EXPECT_EQ(all[1].event.event_time, from_seconds(3));
  EXPECT_EQ(all[1].body, R"({"a":1})");
  EXPECT_EQ(all[1].signature, "signed");
  EXPECT_EQ(number("SELECT COUNT(*) FROM sqlite_master WHERE type = 'index' AND "
                   "tbl_name = 'events' AND sql IS NOT NULL"),
            3);
}

/// A worker that was at one before must not end another.
TEST_F(SchemaTest, GivesNoJobTheIdOfOneThatWasThereBefore) {
  migrate_up_to("RENAME TO jobs_by_object");
  add_job_of_before(7, 1, 134815, "fetch");
  execute("UPDATE jobs SET id = 5");

  Database database(url());
  Jobs(database).want(Wish::kFetch, 2, event::AthleteId{134815}, {}, {});

  EXPECT_EQ(number("SELECT MIN(id) FROM jobs"), 5);
  EXPECT_EQ(number("SELECT MAX(id) FROM jobs"), 8);
}

TEST_F(SchemaTest, GivesNoJobThatItMakesTheIdOfOneThatWasThereBefore) {
  migrate_up_to("RENAME TO jobs_by_object");
  add_athlete_of_before(134815);
  execute(
      "INSERT INTO events VALUES ('a', 5, 'activity.create', 'activity', 1, 134815, 3, '', '')");
  add_job_of_before(7, 1, 99, "fetch");
  execute("UPDATE jobs SET id = 5");

  Database database(url());
  Jobs(database).want(Wish::kFetch, 2, event::AthleteId{134815}, {}, {});

  EXPECT_EQ(number("SELECT id FROM jobs WHERE object_id = 1 AND athlete_id = 134815"), 8);
  EXPECT_EQ(number("SELECT id FROM jobs WHERE object_id = 2"), 9);
}

TEST_F(SchemaTest, GivesNoJobTheIdOfOneThatWasThereBeforeThoughNoneIsLeft) {
  migrate_up_to("RENAME TO jobs_by_object");
  add_job_of_before(7, 1, 134815, "fetch");
  execute("DELETE FROM jobs");

  Database database(url());
  Jobs(database).want(Wish::kFetch, 1, event::AthleteId{134815}, {}, {});

  EXPECT_EQ(number("SELECT id FROM jobs"), 8);
}

/// All of the history would be fetched as if it had been missed.
TEST_F(SchemaTest, TakesAthletesOfWhomNobodyKnowsSinceWhenForNewOnes) {
  migrate_up_to("ADD COLUMN reconciled_us");
  add_athlete_of_before(134815);

  Database database(url());

  const auto athlete = Athletes(database).find(event::AthleteId{134815});
  EXPECT_GT(athlete->reconciled, Timestamp(std::chrono::hours(24 * 365 * 50)));
  EXPECT_EQ(athlete->authorized, athlete->reconciled);
}

TEST_F(SchemaTest, OfAVersionThatHookspoolNeverHadIsRefused) {
  execute("PRAGMA user_version = -1");

  EXPECT_THAT(refusal(), HasSubstr("-1"));

  EXPECT_EQ(tables(), 0);
}

}  // namespace
}  // namespace hookspool::store
