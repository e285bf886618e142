#include "store/athletes.h"

#include <gtest/gtest.h>

#include <variant>

#include "store/activities.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::store {
namespace {

using namespace std::chrono_literals;

constexpr event::AthleteId kAthlete{134815};
constexpr event::AthleteId kOther{227615};
constexpr std::chrono::sys_seconds kExpiry{1'795'471'330s};

class AthletesTest : public testing::Test {
 protected:
  static Athlete athlete(event::AthleteId id = kAthlete) {
    Athlete athlete;
    athlete.id = id;
    athlete.refresh_token = Secret("refresh-1");
    athlete.access_token = Secret("access-1");
    athlete.access_expires_at = kExpiry;
    athlete.scope = "read,activity:read_all";
    return athlete;
  }
  static Athletes::NewTokens new_tokens() {
    return {Secret("refresh-2"), Secret("access-2"), kExpiry + 6h, std::nullopt};
  }
  Athlete stored(event::AthleteId id = kAthlete) { return athletes_.find(id).value_or(Athlete{}); }
  void put_activity(std::int64_t id, event::AthleteId athlete) {
    StoredActivity activity;
    activity.id = event::ActivityId{id};
    activity.athlete_id = athlete;
    activity.json = "{}";
    Activities(store_.database()).put(activity);
  }

  /// Body and signature of a record.
  std::string said_by(const std::string& record) {
    std::string said = "?";
    store_.database().session() << "SELECT body || signature FROM events WHERE record_id = :record",
        soci::use(record), soci::into(said);
    return said;
  }

  test::TemporaryStore store_;
  Athletes athletes_{store_.database()};
  Jobs jobs_{store_.database()};
  test::FakeClock clock_;
};

TEST_F(AthletesTest, AreFoundAsTheyWerePut) {
  athletes_.put(athlete(), clock_.now());

  EXPECT_EQ(stored().refresh_token.reveal(), "refresh-1");
  EXPECT_EQ(stored().access_token.reveal(), "access-1");
  EXPECT_EQ(stored().access_expires_at, kExpiry);
  EXPECT_EQ(stored().scope, "read,activity:read_all");
  EXPECT_FALSE(stored().stopped_because);
  EXPECT_FALSE(athletes_.find(kOther));
}

TEST_F(AthletesTest, AreListedById) {
  athletes_.put(athlete(kOther), clock_.now());
  athletes_.put(athlete(kAthlete), clock_.now());

  ASSERT_EQ(athletes_.list().size(), 2U);
  EXPECT_EQ(athletes_.list().front().id, kAthlete);
}

TEST_F(AthletesTest, GoOnAfterANewAuthorization) {
  athletes_.put(athlete(), clock_.now());
  athletes_.stop(kAthlete, "the grant is dead");
  EXPECT_EQ(stored().stopped_because, "the grant is dead");

  athletes_.put(athlete(), clock_.now());

  EXPECT_FALSE(stored().stopped_because);
}

TEST_F(AthletesTest, KeepWhenTheyAuthorizedUsUnlessThatHadEnded) {
  const Timestamp added = clock_.now();
  athletes_.put(athlete(), clock_.now());
  clock_.advance(1h);
  athletes_.put(athlete(), clock_.now());
  EXPECT_EQ(stored().authorized, added);

  athletes_.stop(kAthlete, "the grant is dead");
  athletes_.put(athlete(), clock_.now());
  EXPECT_EQ(stored().authorized, clock_.now());
}

TEST_F(AthletesTest, ReviveTheirDeadJobsWhenTheyAreAdded) {
  jobs_.want(Wish::kFetch, 1, kAthlete, {}, clock_.now());
  jobs_.want(Wish::kFetch, 2, kOther, {}, clock_.now());
  for (const Job& job : jobs_.claim(Lane::kFresh, 10, "us", clock_.now(), clock_.now() + 1min)) {
    jobs_.bury(job, "us", "the athlete has not been added");
  }

  athletes_.put(athlete(), clock_.now());

  const auto claimed = jobs_.claim(Lane::kFresh, 10, "us", clock_.now(), clock_.now() + 1min);
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(claimed.front().object_id, 1);
  EXPECT_EQ(claimed.front().attempts, 0);
}

TEST_F(AthletesTest, GetTheTokensOfARefresh) {
  athletes_.put(athlete(), clock_.now());

  EXPECT_TRUE(athletes_.store_tokens(kAthlete, Secret("refresh-1"), new_tokens()));

  EXPECT_EQ(stored().refresh_token.reveal(), "refresh-2");
  EXPECT_EQ(stored().access_token.reveal(), "access-2");
  EXPECT_EQ(stored().access_expires_at, kExpiry + 6h);
  EXPECT_EQ(stored().scope, "read,activity:read_all");
}

TEST_F(AthletesTest, GetTheScopeThatARefreshNames) {
  athletes_.put(athlete(), clock_.now());
  Athletes::NewTokens tokens = new_tokens();
  tokens.scope = "read";

  athletes_.store_tokens(kAthlete, Secret("refresh-1"), tokens);

  EXPECT_EQ(stored().scope, "read");
}

TEST_F(AthletesTest, StayStoppedWhenARefreshBringsTokens) {
  athletes_.put(athlete(), clock_.now());
  athletes_.stop(kAthlete, "the scope is missing");

  athletes_.store_tokens(kAthlete, Secret("refresh-1"), new_tokens());

  EXPECT_EQ(stored().stopped_because, "the scope is missing");
}

TEST_F(AthletesTest, KeepANewAuthorizationFromTheTokensOfAnOlderOne) {
  athletes_.put(athlete(), clock_.now());

  EXPECT_FALSE(athletes_.store_tokens(kAthlete, Secret("refresh-0"), new_tokens()));

  EXPECT_EQ(stored().refresh_token.reveal(), "refresh-1");
}

TEST_F(AthletesTest, DoNotComeBackByTheTokensOfALateAnswer) {
  EXPECT_FALSE(athletes_.store_tokens(kAthlete, Secret("refresh-1"), new_tokens()));

  EXPECT_FALSE(athletes_.find(kAthlete));
}

TEST_F(AthletesTest, AreRefreshedByOneProcessAtATime) {
  athletes_.put(athlete(), clock_.now());
  Database other(store_.url());
  const Timestamp until = clock_.now() + 1min;

  EXPECT_TRUE(athletes_.lease_refresh(kAthlete, "us", clock_.now(), until));
  EXPECT_FALSE(Athletes(other).lease_refresh(kAthlete, "them", clock_.now(), until));

  athletes_.release_refresh(kAthlete, "us");
  EXPECT_TRUE(Athletes(other).lease_refresh(kAthlete, "them", clock_.now(), until));
}

TEST_F(AthletesTest, AreRefreshedByAnotherWhenTheLeaseEnds) {
  athletes_.put(athlete(), clock_.now());
  athletes_.lease_refresh(kAthlete, "the dead", clock_.now(), clock_.now() + 1min);

  clock_.advance(1min);

  EXPECT_TRUE(athletes_.lease_refresh(kAthlete, "us", clock_.now(), clock_.now() + 1min));
  athletes_.release_refresh(kAthlete, "the dead");
  EXPECT_FALSE(athletes_.lease_refresh(kAthlete, "them", clock_.now(), clock_.now() + 1min));
}

TEST_F(AthletesTest, LeaveNothingBehindWhenTheyArePurged) {
  for (const event::AthleteId id : {kAthlete, kOther}) athletes_.put(athlete(id), clock_.now());
  put_activity(1, kAthlete);
  put_activity(2, kOther);
  jobs_.want(Wish::kFetch, 3, kAthlete, {}, clock_.now());
  jobs_.want(Wish::kFetch, 4, kOther, {}, clock_.now());
  event::Event event;
  event.owner_id = kAthlete;
  Events events(store_.database());
  events.add({"record-1", clock_.now(), event, R"({"updates":{"title":"Messy"}})", "t=1,v1=0"});
  event.owner_id = kOther;
  events.add({"record-2", clock_.now(), event, R"({"updates":{"title":"Tidy"}})", "t=2,v1=0"});

  athletes_.purge(kAthlete);

  EXPECT_FALSE(athletes_.find(kAthlete));
  EXPECT_FALSE(Activities(store_.database()).find(event::ActivityId{1}));
  EXPECT_FALSE(jobs_.find(Wish::kFetch, 3, kAthlete));
  EXPECT_EQ(said_by("record-1"), "");
  EXPECT_FALSE(events.add({"record-1", clock_.now(), event, "", ""}))
      << "the record is still known";

  EXPECT_TRUE(athletes_.find(kOther));
  EXPECT_EQ(said_by("record-2"), R"({"updates":{"title":"Tidy"}}t=2,v1=0)");
  EXPECT_TRUE(Activities(store_.database()).find(event::ActivityId{2}));
  EXPECT_TRUE(jobs_.find(Wish::kFetch, 4, kOther));
}

}  // namespace
}  // namespace hookspool::store
