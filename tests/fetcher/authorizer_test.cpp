#include "fetcher/authorizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fetcher/scripted_process.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr event::AthleteId kAthlete{134815};
constexpr const char* kTokens =
    R"({"access_token":"access-2","refresh_token":"refresh-2","expires_in":21600,)"
    R"("scope":"read,activity:read","athlete":{"id":134815}})";
constexpr const char* kUsedCode =
    R"({"message":"Bad Request","errors":[{"resource":"AuthorizationCode","field":"code","code":"invalid"}]})";

class AuthorizerTest : public testing::Test {
 protected:
  AuthorizerTest() { authorizations_.add({"state", Secret("c0de"), "read", ""}, clock_.now()); }

  void work() {
    us_.authorizer.begin_due();
    us_.transport.wait({}, {});
  }
  /// To be answered with tokens; the store is not waited for.
  void begin_trade() {
    us_.database.patience().limit(0ms);
    us_.transport.will_answer(200, kTokens);
    us_.authorizer.begin_due();
  }
  std::optional<store::Athlete> athlete() {
    return store::Athletes(store_.database()).find(kAthlete);
  }
  std::optional<store::Authorizations::Outcome> outcome() {
    return authorizations_.outcome("state");
  }

  test::TemporaryStore store_;
  test::FakeClock clock_;
  store::Authorizations authorizations_{store_.database()};
  test::ScriptedProcess us_{store_.url(), clock_, "us"};
};

TEST_F(AuthorizerTest, TradesACodeForAnAthlete) {
  us_.transport.will_answer(200, kTokens);
  work();

  EXPECT_THAT(us_.transport.requests().front().body.reveal(), HasSubstr("code=c0de"));
  ASSERT_TRUE(athlete());
  EXPECT_EQ(athlete()->refresh_token.reveal(), "refresh-2");
  EXPECT_EQ(athlete()->scope, "read,activity:read");
  ASSERT_TRUE(outcome());
  EXPECT_EQ(outcome()->athlete, kAthlete);
  EXPECT_FALSE(us_.authorizer.is_in_progress());
}

TEST_F(AuthorizerTest, GivesAKnownAthleteNewTokens) {
  store::Athletes athletes(store_.database());
  athletes.put(test::athlete_with_tokens(kAthlete, clock_.now(), 1h), clock_.now());
  athletes.stop(kAthlete, "the scope is missing");
  us_.transport.will_answer(200, kTokens);
  work();

  EXPECT_EQ(athlete()->access_token.reveal(), "access-2");
  EXPECT_FALSE(athlete()->stopped_because);
}

TEST_F(AuthorizerTest, TakesTheScopeOfTheRedirectIfTheAnswerHasNone) {
  us_.transport.will_answer(200,
                            R"({"access_token":"a","refresh_token":"r","athlete":{"id":134815}})");
  work();

  EXPECT_EQ(athlete()->scope, "read");
}

/// The code is spent by then.
TEST_F(AuthorizerTest, KeepsTokensThatTheStoreCouldNotTake) {
  begin_trade();
  {
    const store::Transaction held(store_.database());
    us_.transport.wait({}, {});
    us_.authorizer.keep_left_over();
    EXPECT_TRUE(us_.authorizer.has_left_over());
  }
  clock_.advance(5min);
  us_.authorizer.begin_due();
  EXPECT_FALSE(us_.authorizer.next_due());
  EXPECT_FALSE(us_.authorizer.is_in_progress());
  us_.authorizer.keep_left_over();

  EXPECT_TRUE(athlete());
  EXPECT_EQ(us_.transport.requests().size(), 1U);
  EXPECT_TRUE(us_.authorizer.give_up());
}

TEST_F(AuthorizerTest, DoesNotWaitForAGroupToKeepThem) {
  begin_trade();
  {
    store::CommitGroup group(us_.database);
    us_.transport.wait({}, {});
    test::make_group_fail(us_.database);
    EXPECT_THROW(group.commit(), store::StoreError);
  }

  EXPECT_TRUE(athlete());
}

TEST_F(AuthorizerTest, SaysAtTheEndThatStravaHasNotAnswered) {
  us_.authorizer.begin_due();

  EXPECT_FALSE(us_.authorizer.give_up());
}

TEST_F(AuthorizerTest, SaysAtTheEndThatItCouldNotKeepThem) {
  begin_trade();
  const store::Transaction held(store_.database());
  us_.transport.wait({}, {});

  EXPECT_FALSE(us_.authorizer.give_up());
}

TEST_F(AuthorizerTest, EndsAtACodeThatStravaRefuses) {
  us_.transport.will_answer(400, kUsedCode);
  work();

  EXPECT_FALSE(athlete());
  ASSERT_TRUE(outcome());
  EXPECT_THAT(outcome()->complaint, HasSubstr("code"));
}

TEST_F(AuthorizerTest, TriesAgainWhileThereIsHope) {
  us_.transport.will_fail("POST https://strava.test/oauth/token: no connection");
  work();
  EXPECT_FALSE(outcome());
  EXPECT_EQ(us_.authorizer.next_due(), clock_.now() + 15s);

  clock_.advance(15s);
  us_.transport.will_answer(200, kTokens);
  work();
  EXPECT_TRUE(athlete());
}

TEST_F(AuthorizerTest, GivesUpAfterTenMinutes) {
  clock_.advance(10min);
  us_.transport.will_answer(503, "");
  work();

  ASSERT_TRUE(outcome());
  EXPECT_THAT(outcome()->complaint, HasSubstr("503"));
}

TEST_F(AuthorizerTest, KeepsACodeThatWasNotSentHoweverOldItIs) {
  clock_.advance(1h);
  us_.authorizer.begin_due();
  us_.transport.withdraw();
  us_.transport.wait({}, {});

  EXPECT_FALSE(outcome());
  EXPECT_EQ(authorizations_.next_due(), clock_.now());
}

TEST_F(AuthorizerTest, SaysSoIfStravaDoesNotTellTheAthlete) {
  us_.transport.will_answer(200, R"({"access_token":"a","refresh_token":"r"})");
  work();

  EXPECT_THAT(outcome()->complaint, HasSubstr("which athlete"));
}

TEST_F(AuthorizerTest, TradesOneAtATime) {
  authorizations_.add({"other", Secret("c0de"), "read", ""}, clock_.now());
  us_.authorizer.begin_due();
  us_.authorizer.begin_due();

  EXPECT_TRUE(us_.authorizer.is_in_progress());
  EXPECT_EQ(us_.transport.in_flight(), 1U);
}

}  // namespace
}  // namespace hookspool::fetcher
