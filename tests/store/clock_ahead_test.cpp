#include "store/clock_ahead.h"

#include <gtest/gtest.h>

#include <string>

#include "store/activities.h"
#include "store/alerts.h"
#include "store/athletes.h"
#include "store/authorizations.h"
#include "store/columns.h"
#include "store/counters.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/listings.h"
#include "store/notifications.h"
#include "store/pause.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::store {
namespace {

using namespace std::chrono_literals;

constexpr event::AthleteId kAthlete{134815};
constexpr event::ActivityId kActivity{14919682220};
constexpr auto kLease = 5min;

/// A row of everything that has moments, all of them an hour ago and what waits due since then.
class ClockAheadTest : public testing::Test {
 protected:
  ClockAheadTest() {
    const auto second = std::chrono::floor<std::chrono::seconds>(clock_.now());
    Athlete athlete;
    athlete.id = kAthlete;
    Athletes(database()).put(athlete, clock_.now());
    StoredActivity activity;
    activity.id = kActivity;
    activity.athlete_id = kAthlete;
    activity.fetched = clock_.now();
    activity.json = "{}";
    Activities activities(database());
    activities.put(activity);
    activities.remove(kActivity, clock_.now());
    activities.put(activity);
    activities.listed_as(kActivity, "words", clock_.now());
    Alerts(database()).start({"silence", clock_.now(), "no event has come"});
    event::Authorization authorization;
    authorization.state = "state";
    Authorizations(database()).add(authorization, clock_.now());
    Counters(database()).add(counter::kEvent, clock_.now());
    Events(database()).add({"record", clock_.now(), {}, "{}", ""});
    Listing listing;
    listing.athlete_id = kAthlete;
    listing.begun = clock_.now();
    listing.ended = clock_.now();
    Listings listings(database());
    listing.id = listings.add(listing);
    listings.update(listing);
    Jobs jobs(database());
    jobs.want(Wish::kFetch, number(kActivity), kAthlete, second, clock_.now());
    jobs.postpone(jobs.claim(Lane::kFresh, 1, "us", clock_.now(), clock_.now() + kLease).at(0),
                  "us", clock_.now(), clock_.now(), "503");
    jobs.leave_streams(jobs.claim(Lane::kRetry, 1, "us", clock_.now(), clock_.now() + kLease).at(0),
                       "us", second, clock_.now() + kLease);
    Notification notification;
    notification.consumer = "command";
    notification.made = notification.due = clock_.now();
    Notifications notifications(database());
    notifications.add(notification);
    notifications.postpone(
        notifications.claim("command", 1, "us", clock_.now(), clock_.now() + kLease).at(0), "us",
        clock_.now(), clock_.now(), "75");
    Pause(database()).set(PauseState::Kind::kOutage, "out", clock_.now(), clock_.now());
    clock_.advance(1h);
  }

  std::int64_t correct() {
    return correct_what_a_clock_ahead_wrote(database(), clock_.now(), kLease);
  }
  void set(const std::string& table, const std::string& column, Timestamp moment) {
    const std::int64_t moment_us = to_microseconds(moment);
    database().session() << "UPDATE " + table + " SET " + column + " = :moment",
        soci::use(moment_us);
  }
  Timestamp get(const std::string& table, const std::string& column) {
    long long moment_us = 0;
    database().session() << "SELECT " + column + " FROM " + table, soci::into(moment_us);
    return from_microseconds(moment_us);
  }
  Database& database() { return store_.database(); }

  test::TemporaryStore store_;
  test::FakeClock clock_;
};

struct Moment {
  const char* table;
  const char* column;
  const char* due = nullptr;  ///< the column of what waits for the moment
};
constexpr Moment kPasts[]{
    {"alerts", "since_us"},
    {"athletes", "authorized_us"},
    {"authorizations", "received_us", "due_us"},
    {"counters", "last_us"},
    {"deleted_activities", "deleted_us"},
    {"jobs", "created_us", "due_us"},
    {"listings", "begun_us"},
    {"listings", "ended_us"},
    {"notifications", "made_us", "due_us"},
    {"pause", "since_us", "until_us"},
};

TEST_F(ClockAheadTest, TakesForNowWhatHappenedAtWhatIsStillToCome) {
  ASSERT_EQ(correct(), 0);
  for (const Moment& moment : kPasts) {
    const std::string name = std::string(moment.table) + "." + moment.column;
    set(moment.table, moment.column, clock_.now() + 2s);
    EXPECT_EQ(correct(), 1) << name;
    EXPECT_EQ(get(moment.table, moment.column), clock_.now()) << name;
    EXPECT_EQ(correct(), 0) << name;
  }
}

/// A clock that was behind for a moment must not be why something is given up.
TEST_F(ClockAheadTest, BeginsTheTimeForRetriesAnew) {
  for (const char* table : {"jobs", "notifications"}) {
    set(table, "first_failed_us", clock_.now() + 1s);
    EXPECT_EQ(correct(), 0) << table;
    set(table, "first_failed_us", clock_.now() + 2h);
    set(table, "due_us", clock_.now() + 3h);
    EXPECT_EQ(correct(), 1) << table;
    EXPECT_EQ(get(table, "due_us"), clock_.now()) << table;
    int failed = 0;
    database().session() << "SELECT COUNT(first_failed_us) FROM " + std::string(table),
        soci::into(failed);
    EXPECT_EQ(failed, 0) << table;
  }
}

/// A clock that is behind for a moment looks the same, and must not be what destroys.
TEST_F(ClockAheadTest, LeavesTheAgeOfWhatIsDeletedByIt) {
  for (const auto& [table, column] :
       {std::pair{"activities", "fetched_us"}, {"events", "received_us"}}) {
    set(table, column, clock_.now() + 400h);
    EXPECT_EQ(correct(), 0) << table;
    EXPECT_EQ(get(table, column), clock_.now() + 400h) << table;
  }
}

TEST_F(ClockAheadTest, HurriesWhatWasReckonedFromThere) {
  for (const Moment& moment : kPasts) {
    if (moment.due == nullptr) continue;
    const std::string name = std::string(moment.table) + "." + moment.column;
    set(moment.table, moment.column, clock_.now() + 2h);
    set(moment.table, moment.due, clock_.now() + 3h);
    EXPECT_EQ(correct(), 1) << name;
    EXPECT_EQ(get(moment.table, moment.due), clock_.now()) << name;
  }
}

TEST_F(ClockAheadTest, HurriesWhatIsDueLaterThanAnythingIsPutOff) {
  for (const auto& [table, due] : {std::pair{"authorizations", "due_us"},
                                   {"jobs", "due_us"},
                                   {"notifications", "due_us"},
                                   {"pause", "until_us"}}) {
    set(table, due, clock_.now() + 30h);
    EXPECT_EQ(correct(), 0) << table;
    EXPECT_EQ(get(table, due), clock_.now() + 30h) << table;
    set(table, due, clock_.now() + 30h + 1us);
    EXPECT_EQ(correct(), 1) << table;
    EXPECT_EQ(get(table, due), clock_.now()) << table;
  }
}

TEST_F(ClockAheadTest, LeavesEachLeaseTheTimeThatItsHolderMayNeed) {
  for (const auto& [table, column] : {std::pair{"athletes", "refresh_until_us"},
                                      {"authorizations", "leased_until_us"},
                                      {"jobs", "leased_until_us"},
                                      {"notifications", "leased_until_us"}}) {
    set(table, column, clock_.now() + kLease);
    EXPECT_EQ(correct(), 0) << table;
    set(table, column, clock_.now() + 2h);
    EXPECT_EQ(correct(), 1) << table;
    EXPECT_EQ(get(table, column), clock_.now() + kLease) << table;
  }
}

TEST_F(ClockAheadTest, SettlesFromNowOnWhatIsToAppearOnly) {
  const auto second = std::chrono::floor<std::chrono::seconds>(clock_.now());
  Jobs jobs(database());
  jobs.settle(jobs.find(Wish::kFetch, number(kActivity), kAthlete).value(), "us", second + 2h,
              second + 2h + 5min);

  EXPECT_EQ(correct(), 1);

  const auto job = jobs.find(Wish::kFetch, number(kActivity), kAthlete);
  EXPECT_EQ(job->settling_since, second);
  EXPECT_EQ(job->due, clock_.now());
}

/// Its clock dates the events from which activities settle.
TEST_F(ClockAheadTest, AllowsStravasClockToBeAhead) {
  const auto second = std::chrono::floor<std::chrono::seconds>(clock_.now());
  Jobs jobs(database());
  jobs.settle(jobs.find(Wish::kFetch, number(kActivity), kAthlete).value(), "us", second + 5s,
              second + 6min);

  EXPECT_EQ(correct(), 0);

  EXPECT_EQ(jobs.find(Wish::kFetch, number(kActivity), kAthlete)->due, second + 6min);
}

TEST_F(ClockAheadTest, TakesSmallStepsOfTheClockForNone) {
  for (const Moment& moment : kPasts) {
    set(moment.table, moment.column, clock_.now() + 1s);
    EXPECT_EQ(correct(), 0) << moment.table << "." << moment.column;
  }
}

TEST_F(ClockAheadTest, LooksAtEachActivityWhereSomethingElseIsOfTheFuture) {
  for (const char* column : {"listed_as_us", "recording_seen_us"}) {
    set("activities", column, clock_.now() + 2h);
    set("listings", "ended_us", clock_.now() + 2h);

    EXPECT_EQ(correct(), 2) << column;

    EXPECT_EQ(get("activities", column), clock_.now());
  }
}

}  // namespace
}  // namespace hookspool::store
