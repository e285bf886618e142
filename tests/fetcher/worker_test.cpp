#include "fetcher/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fetcher/scripted_process.h"
#include "store/activities.h"
#include "store/counters.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/notifications.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using store::Wish;
using test::activity_json;
using test::tokens_json;
using testing::HasSubstr;

constexpr event::AthleteId kAthlete{134815};
constexpr event::AthleteId kOther{227615};
constexpr std::int64_t kActivity = 14919682220;

class WorkerTest : public testing::Test {
 protected:
  WorkerTest() { add_athlete(kAthlete); }

  void add_athlete(event::AthleteId id, std::chrono::seconds lifetime = 240h) {
    athletes_.put(test::athlete_with_tokens(id, clock_.now(), lifetime), clock_.now());
  }
  void add_other() {
    store::Athlete other = test::athlete_with_tokens(kOther, clock_.now(), 240h);
    other.access_token = Secret("token-of-another");
    athletes_.put(other, clock_.now());
  }
  std::string token_of_last_call() const {
    return std::string(us_.transport.requests().back().bearer_token.reveal());
  }
  /// As if an event of this second had asked for it.
  void want(Wish wish, std::int64_t object = kActivity, event::AthleteId athlete = kAthlete) {
    jobs_.want(wish, object, athlete, std::chrono::floor<std::chrono::seconds>(clock_.now()),
               clock_.now());
  }
  void want_deauthorization(event::AthleteId athlete = kAthlete) {
    want(Wish::kDeauthorize, static_cast<std::int64_t>(athlete), athlete);
  }
  void hear_of(event::Kind kind, event::AthleteId owner = kAthlete) {
    event::Event event;
    event.owner_id = owner;
    event.kind = kind;
    event.object_type = "activity";
    event.object_id = kActivity;
    event.event_time = std::chrono::floor<std::chrono::seconds>(clock_.now());
    store::Events(store_.database())
        .add({"record-" + std::string(event::name_of(kind)) +
                  std::to_string(static_cast<std::int64_t>(owner)),
              clock_.now(), event, "{}", ""});
  }
  void store_activity(event::AthleteId athlete = kAthlete, Timestamp fetched = {}) {
    store::StoredActivity activity;
    activity.id = event::ActivityId{kActivity};
    activity.athlete_id = athlete;
    activity.name = "as it was stored";
    activity.fetched = fetched;
    activities_.put(activity);
  }

  void will_answer(int status, const std::string& body) { us_.transport.will_answer(status, body); }
  std::size_t calls() const { return us_.transport.requests().size(); }

  std::optional<store::StoredActivity> stored(std::int64_t id = kActivity) {
    return activities_.find(event::ActivityId{id});
  }
  std::optional<store::Job> job(std::int64_t object = kActivity) {
    return jobs_.find(Wish::kFetch, object, kAthlete);
  }
  /// The job, which is to be dead, for that reason.
  void expect_dead(const std::string& reason) {
    ASSERT_TRUE(job());
    EXPECT_TRUE(job()->dead);
    EXPECT_THAT(job()->last_error.value_or(""), HasSubstr(reason));
  }
  /// The job, which is to wait as if nothing had been tried.
  void expect_untried() {
    ASSERT_TRUE(job());
    EXPECT_FALSE(job()->dead);
    EXPECT_EQ(job()->attempts, 0);
    EXPECT_FALSE(job()->first_failed);
  }
  /// Nothing of the athlete was deleted, and the grant that came meanwhile was asked about.
  void expect_the_new_grant_in_use() {
    EXPECT_TRUE(stored());
    const auto athlete = athletes_.find(kAthlete);
    ASSERT_TRUE(athlete);
    EXPECT_EQ(athlete->refresh_token.reveal(), "refresh-3");
    EXPECT_FALSE(athlete->stopped_because);
    EXPECT_FALSE(jobs_.next_due());
  }

  test::TemporaryStore store_;
  store::Athletes athletes_{store_.database()};
  store::Activities activities_{store_.database()};
  store::Jobs jobs_{store_.database()};
  test::FakeClock clock_;
  test::ScriptedProcess us_{store_.url(), clock_, "us"};
};

// What is announced

TEST_F(WorkerTest, StoresAnAnnouncedActivity) {
  want(Wish::kFetch);
  const std::string json = activity_json(kActivity, kAthlete);
  will_answer(200, json);

  us_.work();

  ASSERT_EQ(calls(), 1U);
  EXPECT_EQ(us_.transport.requests().front().url,
            "https://strava.test/api/v3/activities/14919682220");
  EXPECT_EQ(us_.transport.requests().front().bearer_token.reveal(), "access-1");
  ASSERT_TRUE(stored());
  EXPECT_EQ(stored()->athlete_id, kAthlete);
  EXPECT_EQ(stored()->name, "Evening ride");
  EXPECT_EQ(stored()->sport_type, "Ride");
  EXPECT_EQ(stored()->distance_m, 28099.5);
  EXPECT_EQ(stored()->moving_time_s, 4207);
  EXPECT_FALSE(stored()->elapsed_time_s);
  EXPECT_EQ(stored()->event_time, clock_.now());
  EXPECT_EQ(stored()->fetched, clock_.now());
  EXPECT_EQ(stored()->json, json);
  ASSERT_TRUE(job());
  EXPECT_EQ(job()->lane, store::Lane::kSettle);
  EXPECT_EQ(job()->due, clock_.now() + 5min);
}

TEST_F(WorkerTest, ReplacesWhatChanged) {
  store_activity();
  want(Wish::kFetch);
  will_answer(200, activity_json(kActivity, kAthlete, "Messy"));

  us_.work();

  EXPECT_EQ(stored()->name, "Messy");
}

TEST_F(WorkerTest, LooksAgainWhenAnEventCameWhileItAsked) {
  want(Wish::kFetch);
  us_.worker.begin_due();
  clock_.advance(1s);
  want(Wish::kFetch);
  will_answer(200, activity_json(kActivity, kAthlete, "too early"));
  will_answer(200, activity_json(kActivity, kAthlete, "edited"));

  us_.work();

  EXPECT_EQ(calls(), 2U);
  EXPECT_EQ(stored()->name, "edited");
  EXPECT_EQ(job()->lane, store::Lane::kSettle);
}

TEST_F(WorkerTest, RemovesWhatWasDeletedWhileItAsked) {
  want(Wish::kFetch);
  us_.worker.begin_due();
  clock_.advance(1s);
  want(Wish::kRemove);
  will_answer(200, activity_json(kActivity, kAthlete));
  will_answer(404, test::kNotFound);

  us_.work();

  EXPECT_FALSE(stored());
  EXPECT_FALSE(job());
}

TEST_F(WorkerTest, RefusesAnActivityOfAnotherAthlete) {
  want(Wish::kFetch);
  will_answer(200, activity_json(kActivity, kOther));

  us_.work();

  EXPECT_FALSE(stored());
  expect_dead("not the athlete's");
}

// Events that are wrong, or forged, about the owner

TEST_F(WorkerTest, AsksTheOwnerWhomStravaNames) {
  add_other();
  want(Wish::kFetch);
  for (int i = 0; i < 2; ++i) will_answer(200, activity_json(kActivity, kOther));
  us_.work();

  ASSERT_TRUE(stored());
  EXPECT_EQ(stored()->athlete_id, kOther);
  EXPECT_EQ(token_of_last_call(), "token-of-another");
  EXPECT_FALSE(job());
}

TEST_F(WorkerTest, DoesNotAskTwoAthletesInTurnForEver) {
  add_other();
  want(Wish::kFetch);
  will_answer(200, activity_json(kActivity, kOther));
  will_answer(200, activity_json(kActivity, kAthlete));
  us_.work();

  EXPECT_EQ(calls(), 2U);
  EXPECT_FALSE(stored());
  EXPECT_TRUE(jobs_.find(Wish::kFetch, kActivity, kOther)->dead);
}

TEST_F(WorkerTest, AsksEachAthleteWhomEventsNameForThemselves) {
  add_other();
  want(Wish::kFetch);
  want(Wish::kFetch, kActivity, kOther);
  will_answer(404, test::kNotFound);
  will_answer(200, activity_json(kActivity, kOther));
  us_.work();

  ASSERT_TRUE(stored());
  EXPECT_EQ(stored()->athlete_id, kOther);
  // By the event the activity is new, and might be the first one's.
  clock_.advance(5s);
  us_.work();
  EXPECT_EQ(calls(), 2U) << "it is known by now whose it is";
  EXPECT_FALSE(job());
}

/// As that is stored as theirs in the meantime.
TEST_F(WorkerTest, TakesA404ToAnotherThanTheOwnerForNoProof) {
  add_other();
  want(Wish::kFetch, kActivity, kOther);
  ASSERT_EQ(us_.worker.begin_due(), 1U);
  store_activity();
  will_answer(404, test::kNotFound);
  us_.work();

  EXPECT_TRUE(stored());
  EXPECT_FALSE(jobs_.next_due());
}

TEST_F(WorkerTest, LeavesToTheOwnerWhatAnotherIsShown) {
  add_other();
  want(Wish::kFetch, kActivity, kOther);
  ASSERT_EQ(us_.worker.begin_due(), 1U);
  store_activity();
  will_answer(200, activity_json(kActivity, kAthlete));
  us_.work();

  EXPECT_EQ(stored()->athlete_id, kAthlete);
  EXPECT_FALSE(jobs_.next_due());
}

TEST_F(WorkerTest, MakesNoCallForAnothersEventOnWhatCameToBeStored) {
  add_other();
  want(Wish::kFetch, kActivity, kOther);
  store_activity();
  us_.work();

  EXPECT_EQ(calls(), 0U);
  EXPECT_TRUE(stored());
  EXPECT_FALSE(jobs_.next_due());
}

TEST_F(WorkerTest, CountsADeletionThatNamesAnotherAthleteAsSuspicious) {
  add_other();
  want(Wish::kRemove, kActivity, kOther);
  store_activity();
  us_.work();

  EXPECT_EQ(calls(), 0U);
  EXPECT_TRUE(stored());
  EXPECT_EQ(store::Counters(store_.database()).get(store::counter::kSuspiciousDelete).count, 1);
}

TEST_F(WorkerTest, BelievesNoOtherOwnerOfWhatIsStored) {
  add_other();
  store_activity();
  want(Wish::kFetch);
  will_answer(200, activity_json(kActivity, kOther));
  us_.work();

  EXPECT_EQ(calls(), 1U);
  EXPECT_EQ(stored()->athlete_id, kAthlete);
  expect_dead("not the athlete's");
}

TEST_F(WorkerTest, BelievesNoDeletionThatNamesAnotherAthlete) {
  want(Wish::kFetch);
  hear_of(event::Kind::kActivityDelete, kOther);
  will_answer(404, test::kNotFound);

  us_.work();

  ASSERT_TRUE(job());
  EXPECT_EQ(job()->due, clock_.now() + 5s);
}

TEST_F(WorkerTest, HasNoMoreJobsInHandThanItMay) {
  for (std::int64_t id = 1; id <= 10; ++id) want(Wish::kFetch, id);

  EXPECT_EQ(us_.worker.begin_due(), 4U);
  EXPECT_EQ(us_.worker.begin_due(), 0U);
  EXPECT_EQ(us_.transport.in_flight(), 4U);
  EXPECT_FALSE(us_.worker.has_room());
}

TEST_F(WorkerTest, SharesTheJobsWithOtherProcesses) {
  test::ScriptedProcess they(store_.url(), clock_, "they");
  for (std::int64_t id = 1; id <= 6; ++id) want(Wish::kFetch, id);

  EXPECT_EQ(us_.worker.begin_due(), 4U);
  EXPECT_EQ(they.worker.begin_due(), 2U);
}

TEST_F(WorkerTest, TakesOverWhatADeadProcessHadInHand) {
  {
    test::ScriptedProcess dead(store_.url(), clock_, "the dead");
    want(Wish::kFetch);
    dead.worker.begin_due();
  }
  EXPECT_EQ(us_.worker.begin_due(), 0U);
  clock_.advance(5min);
  will_answer(200, activity_json(kActivity, kAthlete));

  us_.work();

  EXPECT_TRUE(stored());
}

// Deletions

TEST_F(WorkerTest, RemovesWhatStravaSaysIsGone) {
  store_activity();
  want(Wish::kRemove);
  will_answer(404, test::kNotFound);

  us_.work();

  EXPECT_FALSE(stored());
  EXPECT_FALSE(job());
}

TEST_F(WorkerTest, KeepsWhatStravaStillHasThoughADeletionWasAnnounced) {
  store_activity();
  want(Wish::kRemove);
  will_answer(200, activity_json(kActivity, kAthlete, "still there"));

  us_.work();

  ASSERT_TRUE(stored());
  EXPECT_EQ(stored()->name, "still there");
  EXPECT_FALSE(job());
}

TEST_F(WorkerTest, MakesNoCallForADeletionOfWhatWasNeverStored) {
  want(Wish::kRemove);

  us_.work();

  EXPECT_EQ(calls(), 0U);
  EXPECT_FALSE(job());
}

TEST_F(WorkerTest, RemovesNothingForAnAnswerThatIsNotStravas) {
  store_activity();
  want(Wish::kRemove);
  will_answer(404, "<html>404 Not Found</html>");

  us_.work();

  EXPECT_TRUE(stored());
  EXPECT_EQ(job()->attempts, 1);
}

// What is not to be had

TEST_F(WorkerTest, GivesNothingUpWhenTheApiHasMovedAway) {
  want(Wish::kFetch);
  will_answer(410, R"({"message":"Gone"})");

  us_.work();

  ASSERT_TRUE(job());
  EXPECT_FALSE(job()->dead);
}

TEST_F(WorkerTest, LooksAgainSoonForWhatIsAnnouncedAndNotShownYet) {
  want(Wish::kFetch);
  for (const auto wait : {5s, 25s, 150s}) {
    will_answer(404, test::kNotFound);
    us_.work();
    ASSERT_TRUE(job());
    EXPECT_EQ(job()->due, clock_.now() + wait);
    clock_.advance(wait);
  }
  will_answer(200, activity_json(kActivity, kAthlete));
  us_.work();

  EXPECT_TRUE(stored());
}

TEST_F(WorkerTest, GivesUpWhatIsNotShownWithinAnHour) {
  want(Wish::kFetch);
  const Timestamp start = clock_.now();
  while (job() && !job()->dead) {
    will_answer(404, test::kNotFound);
    us_.work();
    clock_.set(std::max(clock_.now(), job()->due));
  }
  expect_dead("404");
  EXPECT_LT(clock_.now() - start, 90min);
  EXPECT_EQ(calls(), 6U);
}

TEST_F(WorkerTest, DoesNotWaitForWhatItKnowsToBeDeleted) {
  want(Wish::kFetch);
  hear_of(event::Kind::kActivityDelete);
  will_answer(404, test::kNotFound);

  us_.work();

  EXPECT_FALSE(job());
}

// What is stored and not shown any more

/// The announcement of its deletion was lost; the proof is the same as with one.
TEST_F(WorkerTest, RemovesWhatIsGoneWhenAnUpdateIsLookedInto) {
  store_activity();
  want(Wish::kFetch);
  will_answer(404, test::kNotFound);

  us_.work();

  EXPECT_FALSE(stored());
  EXPECT_FALSE(job());
  EXPECT_EQ(activities_.deleted().size(), 1U) << "for a day it can be undone";
  EXPECT_EQ(store::Counters(store_.database()).get(store::counter::kConfirmedDelete).count, 1);
}

TEST_F(WorkerTest, RemovesWhatIsGoneThoughItsDeletionWasDealtWithBefore) {
  store_activity();
  want(Wish::kFetch);
  hear_of(event::Kind::kActivityDelete);
  will_answer(404, test::kNotFound);

  us_.work();

  EXPECT_FALSE(stored());
  EXPECT_FALSE(job());
}

TEST_F(WorkerTest, RemovesNothingThatIsGoneByTheWordOfAProxy) {
  store_activity();
  want(Wish::kFetch);
  int attempts = 0;
  for (const char* body : {"<html>404 Not Found</html>", "", R"({"message":"no Route matched"})"}) {
    will_answer(404, body);
    us_.work();

    EXPECT_TRUE(stored()) << body;
    EXPECT_EQ(job()->attempts, ++attempts) << body;
    clock_.advance(1h);
  }
}

/// One of Strava's servers may know it, and another not yet.
TEST_F(WorkerTest, DoesNotBelieveAtOnceThatANewActivityIsGone) {
  want(Wish::kFetch);
  will_answer(200, activity_json(kActivity, kAthlete));
  us_.work();
  clock_.set(job()->due);
  for (int i = 0; i < 3; ++i) {
    will_answer(404, test::kNotFound);
    us_.work();
    ASSERT_TRUE(stored());
    clock_.set(job()->due);
  }
  will_answer(200, activity_json(kActivity, kAthlete));
  us_.work();

  EXPECT_TRUE(stored());
  EXPECT_FALSE(job()) << "it has settled";
}

TEST_F(WorkerTest, RemovesANewActivityThatStaysGoneForAnHour) {
  want(Wish::kFetch);
  const Timestamp start = clock_.now();
  will_answer(200, activity_json(kActivity, kAthlete));
  us_.work();
  while (job()) {
    EXPECT_TRUE(stored());
    clock_.set(job()->due);
    will_answer(404, test::kNotFound);
    us_.work();
  }

  EXPECT_FALSE(stored());
  EXPECT_GE(clock_.now() - start, 1h);
  EXPECT_LT(clock_.now() - start, 2h);
}

TEST_F(WorkerTest, KnowsANewActivityWithoutSettling) {
  store_activity();
  hear_of(event::Kind::kActivityCreate);
  clock_.advance(1min);
  want(Wish::kFetch);
  will_answer(404, test::kNotFound);

  us_.work();

  EXPECT_TRUE(stored());
  EXPECT_FALSE(job()->dead);
}

TEST_F(WorkerTest, RemovesANewActivityAtOnceWhenItsDeletionIsAnnounced) {
  store_activity();
  hear_of(event::Kind::kActivityCreate);
  want(Wish::kRemove);
  will_answer(404, test::kNotFound);

  us_.work();

  EXPECT_FALSE(stored());
}

TEST_F(WorkerTest, KeepsWhatAPersonBroughtBackThoughStravaDoesNotShowIt) {
  store_activity();
  activities_.remove(event::ActivityId{kActivity}, clock_.now());
  activities_.undelete(event::ActivityId{kActivity});
  want(Wish::kFetch);
  will_answer(404, test::kNotFound);

  us_.work();

  EXPECT_TRUE(stored());
  EXPECT_FALSE(job());
}

TEST_F(WorkerTest, GivesUpWhatStravaRefusesForGood) {
  want(Wish::kFetch);
  will_answer(403, test::kForbidden);

  us_.work();

  expect_dead("403");
}

// Passing faults

TEST_F(WorkerTest, TriesAgainEverMoreSlowly) {
  want(Wish::kFetch);
  for (const auto wait : {30s, 60s, 120s}) {
    will_answer(503, "");
    us_.work();
    EXPECT_EQ(job()->due, clock_.now() + wait);
    clock_.advance(wait);
  }
  EXPECT_EQ(job()->attempts, 3);
}

TEST_F(WorkerTest, TriesAgainNoSoonerThanStravaAsks) {
  want(Wish::kFetch);
  strava::HttpHeaders headers;
  headers.add("Retry-After", "3600");
  us_.transport.will_answer(503, "", headers);
  us_.work();
  EXPECT_EQ(job()->due, clock_.now() + 1h);

  clock_.advance(1h);
  strava::HttpHeaders at_once;
  at_once.add("Retry-After", "0");
  us_.transport.will_answer(503, "", at_once);
  us_.work();
  EXPECT_EQ(job()->due, clock_.now() + 60s);
}

TEST_F(WorkerTest, GivesUpWhenTheTimeToRetryIsOver) {
  want(Wish::kFetch);
  const Timestamp start = clock_.now();
  while (job() && !job()->dead) {
    us_.transport.will_fail("no connection");
    us_.work();
    clock_.set(std::max(clock_.now(), job()->due));
  }
  expect_dead("no connection");
  EXPECT_GE(clock_.now() - start, std::chrono::days(7));
  EXPECT_LT(clock_.now() - start, std::chrono::days(8));
}

/// What was not asked says nothing of Strava, however often; what it has paid counts as spent.
TEST_F(WorkerTest, CountsNoAttemptForWhatWasWithdrawn) {
  for (std::int64_t id = 1; id <= 4; ++id) want(Wish::kFetch, id);
  const std::int64_t payable = us_.budget.payable(store::Lane::kFresh);
  us_.worker.begin_due();
  us_.transport.withdraw();
  us_.transport.wait({}, {});

  EXPECT_EQ(us_.worker.in_progress(), 0U);
  EXPECT_FALSE(us_.gate.closed_until());
  EXPECT_EQ(us_.budget.payable(store::Lane::kFresh), payable - 4);
  EXPECT_EQ(calls(), 0U);
  for (std::int64_t id = 1; id <= 4; ++id) EXPECT_EQ(job(id)->attempts, 0);
  for (std::int64_t id = 1; id <= 4; ++id) will_answer(200, activity_json(id, kAthlete));
  us_.work();
  EXPECT_TRUE(stored(4));
}

TEST_F(WorkerTest, CountsNoAttemptWhereTheStoreTakesNoToken) {
  add_athlete(kAthlete, 0s);
  us_.database.patience().limit(0ms);
  us_.database.session() << "CREATE TRIGGER full BEFORE UPDATE OF refresh_token ON athletes "
                            "BEGIN SELECT RAISE(FAIL, 'no'); END";
  for (std::int64_t id = 1; id <= 4; ++id) want(Wish::kFetch, id);
  will_answer(200, tokens_json("refresh-2", "access-2"));
  us_.worker.begin_due();
  us_.transport.wait({}, {});

  EXPECT_FALSE(us_.gate.closed_until());
  for (std::int64_t id = 1; id <= 4; ++id) {
    EXPECT_EQ(job(id)->attempts, 0);
    EXPECT_EQ(job(id)->due, clock_.now() + 2s);
  }
}

TEST_F(WorkerTest, HasNoJobInHandAfterTheStoreRefused) {
  us_.database.patience().limit(0ms);
  want(Wish::kFetch);
  us_.worker.begin_due();
  will_answer(200, activity_json(kActivity, kAthlete));
  {
    const store::Transaction held(store_.database());
    EXPECT_THROW(us_.transport.wait({}, {}), store::StoreError);
  }
  EXPECT_EQ(us_.worker.in_progress(), 0U);
  EXPECT_FALSE(stored());

  clock_.advance(5min);
  will_answer(200, activity_json(kActivity, kAthlete));
  us_.work();
  EXPECT_TRUE(stored());
}

// One athlete stops

TEST_F(WorkerTest, KeepsTheJobsOfAnAthleteWhoWasNotAdded) {
  want(Wish::kFetch, kActivity, kOther);
  us_.work();

  EXPECT_EQ(calls(), 0U);
  const auto job = jobs_.find(Wish::kFetch, kActivity, kOther);
  ASSERT_TRUE(job && job->dead);
  EXPECT_THAT(job->last_error.value_or(""), HasSubstr("hookspoolctl authorize"));

  add_athlete(kOther);
  will_answer(200, activity_json(kActivity, kOther));
  us_.work();
  EXPECT_TRUE(stored());
}

TEST_F(WorkerTest, RefreshesOnceWhenStravaRejectsTheToken) {
  want(Wish::kFetch);
  will_answer(401, test::kInvalidAccessToken);
  will_answer(200, tokens_json("refresh-2", "access-2"));
  will_answer(200, activity_json(kActivity, kAthlete));

  us_.work();

  EXPECT_TRUE(stored());
  EXPECT_EQ(us_.transport.requests().back().bearer_token.reveal(), "access-2");
}

TEST_F(WorkerTest, StopsAnAthleteWhoseNewTokenIsRejectedToo) {
  want(Wish::kFetch);
  will_answer(401, test::kInvalidAccessToken);
  will_answer(200, tokens_json("refresh-2", "access-2"));
  will_answer(401, test::kInvalidAccessToken);

  us_.work();

  EXPECT_EQ(calls(), 3U);
  EXPECT_TRUE(athletes_.find(kAthlete)->stopped_because);
  expect_untried();
}

TEST_F(WorkerTest, StopsNobodyForAProxysRefusalOfTheNewToken) {
  for (const char* body : {"<html>log in first</html>", "", R"({"message":"Unauthorized"})"}) {
    want(Wish::kFetch);
    will_answer(401, body);
    will_answer(200, tokens_json("refresh-2", "access-2"));
    will_answer(401, body);
    us_.work();
    EXPECT_FALSE(athletes_.find(kAthlete)->stopped_because) << body;
    EXPECT_EQ(job()->due, clock_.now() + 30s) << body;
    jobs_.drop_all_of(kActivity);
  }
}

TEST_F(WorkerTest, GoesOnForOthersWhenOneAthletesGrantIsDead) {
  add_athlete(kAthlete, 0s);
  add_athlete(kOther);
  want(Wish::kFetch, 1, kAthlete);
  want(Wish::kFetch, 2, kOther);
  will_answer(400, test::kInvalidRefreshToken);
  will_answer(200, activity_json(2, kOther));

  us_.work();

  EXPECT_TRUE(stored(2));
  EXPECT_FALSE(job(1)->dead);
  EXPECT_EQ(job(1)->attempts, 0);
  EXPECT_THAT(athletes_.find(kAthlete)->stopped_because.value_or(""), HasSubstr("RefreshToken"));

  add_athlete(kAthlete);
  will_answer(200, activity_json(1, kAthlete));
  us_.work();
  EXPECT_TRUE(stored(1));
}

TEST_F(WorkerTest, WaitsWithoutAnAttemptWhileAnotherProcessRefreshes) {
  add_athlete(kAthlete, 0s);
  ASSERT_TRUE(athletes_.lease_refresh(kAthlete, "they", clock_.now(), clock_.now() + 1min));
  want(Wish::kFetch);

  us_.work();

  EXPECT_EQ(calls(), 0U);
  expect_untried();
  EXPECT_GT(job()->due, clock_.now());
  EXPECT_LE(job()->due, clock_.now() + 5s);
}

// Everything stops

TEST_F(WorkerTest, AsksNothingWhileTheApplicationIsInactive) {
  want(Wish::kFetch, 1);
  will_answer(403, test::kInactive);
  us_.work();
  want(Wish::kFetch, 2);
  us_.work();

  EXPECT_EQ(calls(), 1U);
  for (const std::int64_t id : {1, 2}) {
    EXPECT_EQ(job(id)->attempts, 0);
    EXPECT_FALSE(job(id)->dead);
  }
}

TEST_F(WorkerTest, GoesOnByItselfWhenTheApplicationIsActiveAgain) {
  want(Wish::kFetch);
  will_answer(403, test::kInactive);
  us_.work();
  clock_.advance(15min);
  will_answer(200, activity_json(kActivity, kAthlete));

  us_.work();

  EXPECT_TRUE(stored());
}

/// Each of them would else keep everybody waiting for as long as a request may take.
TEST_F(WorkerTest, FindsOutByTheFirstJobThatNeedsACallWhetherThePauseIsOver) {
  add_athlete(kOther, 0s);
  us_.gate.close(Gate::Reason::kApplication, "the application is inactive", clock_.now() + 15min);
  for (std::int64_t unknown = 1; unknown <= 3; ++unknown) want(Wish::kRemove, unknown);
  want(Wish::kFetch, 4, event::AthleteId{7});
  want(Wish::kFetch, 5, kOther);
  store_activity();
  want(Wish::kRemove, kActivity, kOther);
  want_deauthorization(event::AthleteId{8});
  want(Wish::kFetch, 9);
  clock_.advance(15min);
  ASSERT_TRUE(athletes_.lease_refresh(kOther, "they", clock_.now(), clock_.now() + 1min));
  const Timestamp start = clock_.now();
  will_answer(200, activity_json(9, kAthlete));

  us_.work();

  EXPECT_EQ(clock_.now(), start);
  EXPECT_EQ(calls(), 1U);
  EXPECT_TRUE(stored(9));
  EXPECT_FALSE(us_.gate.closed_until());
}

TEST_F(WorkerTest, SendsOneRequestAloneToFindOutWhetherThePauseIsOver) {
  us_.gate.close(Gate::Reason::kApplication, "the application is inactive", clock_.now() + 15min);
  want(Wish::kRemove, 1);
  want(Wish::kFetch, 2);
  want(Wish::kFetch, 3);
  clock_.advance(15min);

  while (us_.worker.begin_due() > 0) continue;
  EXPECT_EQ(us_.transport.in_flight(), 1U);
  will_answer(403, test::kInactive);
  us_.work();

  EXPECT_EQ(calls(), 1U);
  EXPECT_EQ(us_.gate.closed_until(), clock_.now() + 15min);
}

TEST_F(WorkerTest, GoesOnForOthersWhenADeauthorizationFoundOutThatThePauseIsOver) {
  us_.gate.close(Gate::Reason::kApplication, "the application is inactive", clock_.now() + 15min);
  add_athlete(kOther, 0s);
  want_deauthorization(kOther);
  want(Wish::kFetch);
  clock_.advance(15min);
  will_answer(400, test::kInvalidRefreshToken);
  will_answer(200, activity_json(kActivity, kAthlete));

  us_.work();

  EXPECT_FALSE(athletes_.find(kOther));
  EXPECT_TRUE(stored());
}

TEST_F(WorkerTest, StopsEverythingAndDeletesNothingWhenTheClientCredentialsAreWrong) {
  store_activity();
  want_deauthorization();
  will_answer(400, test::kInvalidClient);

  us_.work();

  EXPECT_TRUE(stored());
  EXPECT_TRUE(athletes_.find(kAthlete));
  EXPECT_FALSE(athletes_.find(kAthlete)->stopped_because);
  EXPECT_TRUE(us_.gate.closed_until());
}

TEST_F(WorkerTest, AsksNothingAfterA429UntilTheWindowTurns) {
  clock_.advance(7min);
  want(Wish::kFetch);
  will_answer(429, test::kRateLimitExceeded);
  us_.work();

  expect_untried();
  test::ScriptedProcess they(store_.url(), clock_, "they");
  EXPECT_EQ(they.worker.begin_due(), 0U) << "the other processes wait too";
  clock_.advance(8min);
  EXPECT_EQ(us_.worker.begin_due(), 0U) << "the two clocks may differ by seconds";
  clock_.advance(5s);
  will_answer(200, activity_json(kActivity, kAthlete));
  us_.work();
  EXPECT_TRUE(stored());
}

TEST_F(WorkerTest, MakesNoCallThatWouldMeetA429) {
  strava::HttpHeaders spent;
  spent.add("X-RateLimit-Limit", "200,2000");
  spent.add("X-RateLimit-Usage", "200,1000");
  want(Wish::kFetch, 1);
  us_.transport.will_answer(200, activity_json(1, kAthlete), spent);
  us_.work();
  want(Wish::kFetch, 2);
  us_.work();

  EXPECT_TRUE(stored(1));
  EXPECT_EQ(calls(), 1U);
}

TEST_F(WorkerTest, MakesNoCallForAJobThatGotItsTokenAfterThe429) {
  add_athlete(kOther, 0s);
  want(Wish::kFetch, 1, kAthlete);
  want(Wish::kFetch, 2, kOther);
  will_answer(429, test::kRateLimitExceeded);
  will_answer(200, tokens_json("refresh-2", "access-2"));

  us_.work();

  EXPECT_EQ(calls(), 2U);
  EXPECT_EQ(jobs_.find(Wish::kFetch, 2, kOther)->attempts, 0);
}

TEST_F(WorkerTest, LooksForAnAnnouncedActivitySinceItFailedAndNotByHowOften) {
  want(Wish::kFetch);
  for (int i = 0; i < 4; ++i) {
    will_answer(503, "");
    us_.work();
    clock_.set(std::max(job()->due, us_.gate.closed_until().value_or(job()->due)));
  }
  will_answer(404, test::kNotFound);

  us_.work();

  EXPECT_EQ(job()->attempts, 5);
  EXPECT_EQ(job()->due, clock_.now() + 15min);
}

// Deauthorization

TEST_F(WorkerTest, DeletesEverythingOfAnAthleteWhoseRefreshTokenIsRefused) {
  store_activity();
  want(Wish::kFetch, 7);
  jobs_.postpone(jobs_.claim(store::Lane::kFresh, 1, "x", clock_.now(), clock_.now() + 1h).front(),
                 "x", clock_.now() + 1h, clock_.now(), "503");
  add_athlete(kAthlete, 0s);
  want_deauthorization();
  will_answer(400, test::kInvalidRefreshToken);

  us_.work();

  EXPECT_FALSE(stored());
  EXPECT_FALSE(job(7));
  EXPECT_FALSE(athletes_.find(kAthlete));
  EXPECT_FALSE(jobs_.next_due());
}

TEST_F(WorkerTest, DeletesEverythingOfAnAthleteWhoseTokensAreBothRefused) {
  store_activity();
  want_deauthorization();
  will_answer(400, test::kInvalidRefreshToken);
  will_answer(401, test::kInvalidAccessToken);

  us_.work();

  EXPECT_EQ(us_.transport.requests().back().url, "https://strava.test/api/v3/athlete");
  EXPECT_EQ(us_.transport.requests().back().bearer_token.reveal(), "access-1");
  EXPECT_FALSE(stored());
  EXPECT_FALSE(athletes_.find(kAthlete));
}

TEST_F(WorkerTest, DeletesNothingOfAnAthleteWhoAuthorizedAnewWhileTheOldTokensWereRefused) {
  for (const int status : {401, 200}) {
    store_activity();
    add_athlete(kAthlete);
    want_deauthorization();
    will_answer(400, test::kInvalidRefreshToken);
    us_.worker.begin_due();
    us_.transport.answer_one();
    store::Athlete anew = test::athlete_with_tokens(kAthlete, clock_.now(), 240h);
    anew.refresh_token = Secret("refresh-2");
    athletes_.put(anew, clock_.now());
    will_answer(status, status == 200 ? R"({"id":134815})" : test::kInvalidAccessToken);
    will_answer(200, tokens_json("refresh-3", "access-3"));

    us_.work();

    SCOPED_TRACE(status);
    expect_the_new_grant_in_use();
  }
}

/// The write that ends the lease waits for the transaction that brings the new grant.
TEST_F(WorkerTest, DeletesNothingOfAnAthleteWhoAuthorizedAnewAtTheEndOfTheRefreshLease) {
  store_.database().session() << R"sql(
      CREATE TRIGGER authorized_anew AFTER UPDATE OF refresh_holder ON athletes
      WHEN NEW.refresh_holder IS NULL AND NEW.refresh_token = 'refresh-1'
      BEGIN UPDATE athletes SET refresh_token = 'refresh-2' WHERE id = NEW.id; END)sql";
  for (const int status : {401, 200}) {
    store_activity();
    add_athlete(kAthlete);
    want_deauthorization();
    will_answer(400, test::kInvalidRefreshToken);
    will_answer(status, status == 200 ? R"({"id":134815})" : test::kInvalidAccessToken);
    will_answer(200, tokens_json("refresh-3", "access-3"));

    us_.work();

    SCOPED_TRACE(status);
    expect_the_new_grant_in_use();
  }
}

/// Whoever removed the athlete has told the consumers.
TEST_F(WorkerTest, TellsOfNoDeauthorizationOfAnAthleteWhoWasRemovedMeanwhile) {
  test::ScriptedProcess telling{store_.url(), clock_, "telling", {}, {"command"}};
  want_deauthorization();
  telling.transport.will_answer(400, test::kInvalidRefreshToken);
  telling.transport.will_answer(401, test::kInvalidAccessToken);
  telling.worker.begin_due();
  telling.transport.answer_one();
  athletes_.purge(kAthlete);

  telling.work();

  EXPECT_EQ(telling.transport.requests().size(), 2U);
  EXPECT_EQ(store::Counters(store_.database()).get(store::counter::kConfirmedDeauthorization).count,
            0);
  EXPECT_THAT(store::Notifications(store_.database()).list(10, false), testing::IsEmpty());
  EXPECT_FALSE(jobs_.next_due());
}

TEST_F(WorkerTest, DeletesNothingForAProxysRefusalOfTheAccessToken) {
  store_activity();
  want_deauthorization();
  for (const char* body : {"<html>log in first</html>", ""}) {
    will_answer(400, test::kInvalidRefreshToken);
    will_answer(401, body);
    us_.work();
    EXPECT_TRUE(stored()) << body;
    EXPECT_TRUE(athletes_.find(kAthlete)) << body;
    clock_.advance(10min);
  }
}

/// The refresh token that replaced it was lost in a crash; revoking would have ended both.
TEST_F(WorkerTest, StopsAnAthleteWhoseAccessTokenIsStillAcceptedAndDeletesNothing) {
  store_activity();
  want_deauthorization();
  will_answer(400, test::kInvalidRefreshToken);
  us_.transport.will_answer(
      200, R"({"id":134815})",
      {{"X-ReadRateLimit-Limit", "100,1000"}, {"X-ReadRateLimit-Usage", "41,41"}});

  us_.work();

  EXPECT_TRUE(stored());
  ASSERT_TRUE(athletes_.find(kAthlete));
  EXPECT_THAT(athletes_.find(kAthlete)->stopped_because.value_or(""), HasSubstr("RefreshToken"));
  EXPECT_EQ(
      store::Counters(store_.database()).get(store::counter::kSuspiciousDeauthorization).count, 1);
  EXPECT_FALSE(jobs_.next_due());
  EXPECT_EQ(us_.budget.payable(store::Lane::kFresh), 59) << "it is a read as any other";
}

TEST_F(WorkerTest, DeletesNothingWhileStravaDoesNotSayWhetherTheAccessTokenIsAccepted) {
  store_activity();
  want_deauthorization();
  will_answer(400, test::kInvalidRefreshToken);
  us_.transport.will_fail("no connection");
  us_.work();

  EXPECT_TRUE(stored());
  EXPECT_EQ(jobs_.next_due(), clock_.now() + 30s);
  clock_.advance(30s);
  will_answer(400, test::kInvalidRefreshToken);
  will_answer(429, test::kRateLimitExceeded);
  us_.work();

  EXPECT_TRUE(stored());
  EXPECT_TRUE(us_.gate.closed_until());
}

TEST_F(WorkerTest, DeletesNothingForAnAccessTokenWhoseScopeIsTooSmall) {
  store_activity();
  want_deauthorization();
  will_answer(400, test::kInvalidRefreshToken);
  will_answer(
      401,
      R"({"message":"Authorization Error","errors":[{"resource":"AccessToken","field":"read","code":"missing"}]})");

  us_.work();

  EXPECT_TRUE(stored());
  EXPECT_TRUE(athletes_.find(kAthlete)->stopped_because);
}

TEST_F(WorkerTest, KeepsAnAthleteWhoseDeauthorizationWasForged) {
  store_activity();
  want_deauthorization();
  will_answer(200, tokens_json("refresh-2", "access-2"));

  us_.work();

  EXPECT_TRUE(stored());
  EXPECT_EQ(athletes_.find(kAthlete)->refresh_token.reveal(), "refresh-2");
  EXPECT_FALSE(jobs_.next_due());
}

TEST_F(WorkerTest, LooksAgainWhetherAnAthleteIsGoneWhenStravaDidNotSay) {
  want_deauthorization();
  us_.transport.will_fail("no connection");
  us_.work();

  EXPECT_TRUE(athletes_.find(kAthlete));
  EXPECT_EQ(jobs_.next_due(), clock_.now() + 30s);
}

TEST_F(WorkerTest, MakesNoCallForTheDeauthorizationOfAStranger) {
  want_deauthorization(kOther);

  us_.work();

  EXPECT_EQ(calls(), 0U);
  EXPECT_FALSE(jobs_.next_due());
}

TEST_F(WorkerTest, StoresNothingOfAnAthleteWhoWasRemovedMeanwhile) {
  want(Wish::kFetch);
  us_.worker.begin_due();
  athletes_.purge(kAthlete);
  will_answer(200, activity_json(kActivity, kAthlete));

  us_.work();

  EXPECT_FALSE(stored());
}

}  // namespace
}  // namespace hookspool::fetcher
