#include "strava/oauth_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/fake_clock.h"
#include "support/scripted_transport.h"

namespace hookspool::strava {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::sys_seconds;

config::StravaConfig application() {
  config::StravaConfig config;
  config.client_id = 24523;
  config.client_secret = Secret("s&cret");
  config.oauth_url = "https://www.strava.com/oauth";
  return config;
}

class OAuthClientTest : public testing::Test {
 protected:
  Result<Tokens> refresh(const std::string& token) {
    return wait_for<Result<Tokens>>(transport_,
                                    [&](auto done) { oauth_.refresh(Secret(token), done); });
  }
  Result<Tokens> exchange(const std::string& code) {
    return wait_for<Result<Tokens>>(transport_,
                                    [&](auto done) { oauth_.exchange_code(Secret(code), done); });
  }
  Result<OAuthClient::Revoked> revoke() {
    return wait_for<Result<OAuthClient::Revoked>>(
        transport_, [&](auto done) { oauth_.revoke(Secret("r1"), Secret("a1"), done); });
  }
  sys_seconds now() const { return std::chrono::floor<seconds>(clock_.now()); }

  test::ScriptedTransport transport_;
  test::FakeClock clock_;
  OAuthClient oauth_{transport_, clock_, application()};
};

TEST_F(OAuthClientTest, RefreshesByAPostedForm) {
  transport_.will_answer(200, R"({"token_type":"Bearer","access_token":"a2","expires_at":1568775134,
                                  "expires_in":21600,"refresh_token":"r2"})");
  const auto result = refresh("r1");
  ASSERT_FALSE(failure_of(result));
  const auto& tokens = std::get<Tokens>(result);
  EXPECT_EQ(tokens.access_token.reveal(), "a2");
  EXPECT_EQ(tokens.refresh_token.reveal(), "r2");
  EXPECT_EQ(tokens.expires_at, now() + hours(6)) << "whatever the clock says";
  EXPECT_FALSE(tokens.scope);
  EXPECT_FALSE(tokens.athlete_id);
  const HttpRequest& request = transport_.requests().at(0);
  EXPECT_EQ(request.method, HttpMethod::kPost);
  EXPECT_EQ(request.url, "https://www.strava.com/oauth/token");
  EXPECT_TRUE(request.query.empty());
  EXPECT_EQ(request.body.reveal(),
            "client_id=24523&client_secret=s%26cret&grant_type=refresh_token&refresh_token=r1");
}

TEST_F(OAuthClientTest, ExchangesACodeAndLearnsWhoseItIs) {
  transport_.will_answer(200, R"({"access_token":"a1","refresh_token":"r1","expires_at":1568775134,
                                  "scope":"read,activity:read","athlete":{"id":134815}})");
  const auto result = exchange("c");
  ASSERT_FALSE(failure_of(result));
  EXPECT_EQ(std::get<Tokens>(result).scope, "read,activity:read");
  EXPECT_EQ(std::get<Tokens>(result).athlete_id, event::AthleteId{134815});
  EXPECT_EQ(transport_.requests().at(0).body.reveal(),
            "client_id=24523&client_secret=s%26cret&grant_type=authorization_code&code=c");
}

TEST_F(OAuthClientTest, KeepsTheRefreshTokenThatAnAnswerLeavesOut) {
  transport_.will_answer(200, R"({"access_token":"a2","expires_at":1568775134})");
  const auto result = refresh("r1");
  ASSERT_FALSE(failure_of(result));
  EXPECT_EQ(std::get<Tokens>(result).refresh_token.reveal(), "r1");
}

TEST_F(OAuthClientTest, NeverRejectsARotatedTokenForAMissingExpiry) {
  transport_.will_answer(200, R"({"access_token":"a","refresh_token":"r2","expires_in":600})");
  EXPECT_EQ(std::get<Tokens>(refresh("r1")).expires_at, now() + seconds(600));
  transport_.will_answer(200,
                         R"({"access_token":"a","refresh_token":"r2","expires_at":1568775134})");
  EXPECT_EQ(std::get<Tokens>(refresh("r1")).expires_at, sys_seconds(seconds(1568775134)));
  transport_.will_answer(200, R"({"access_token":"a","refresh_token":"r2"})");
  EXPECT_EQ(std::get<Tokens>(refresh("r1")).expires_at, now() + hours(1));
}

/// Comparing such a moment with the clock was undefined behaviour.
TEST_F(OAuthClientTest, EndsAnEndlessTokenWithTheYear9999) {
  const sys_seconds latest(seconds(253'402'300'799));
  for (const char* member : {"expires_at", "expires_in"}) {
    transport_.will_answer(200, R"({"access_token":"a","refresh_token":"r2",")" +
                                    std::string(member) + R"(":9223372036854775807})");
    EXPECT_EQ(std::get<Tokens>(refresh("r1")).expires_at, latest) << member;
  }
}

TEST_F(OAuthClientTest, TakesAnAnswerWithoutTokensForAPassingFault) {
  for (const char* body : {"", "<html>", "[]", R"({"refresh_token":"r2"})",
                           R"({"access_token":7,"refresh_token":"r2"})"}) {
    transport_.will_answer(200, body);
    const auto result = refresh("r1");
    ASSERT_TRUE(failure_of(result)) << body;
    EXPECT_EQ(failure_of(result)->kind, FailureKind::kLater) << body;
  }
  transport_.will_answer(200, R"({"access_token":"a"})");
  EXPECT_TRUE(failure_of(exchange("c")));
}

TEST_F(OAuthClientTest, TellsADeadGrantFromWrongCredentials) {
  transport_.will_answer(400, R"({"message":"Bad Request","errors":[
      {"resource":"RefreshToken","field":"refresh_token","code":"invalid"}]})");
  EXPECT_EQ(failure_of(refresh("r1"))->kind, FailureKind::kStopAthlete);
  transport_.will_answer(401, R"({"message":"Authorization Error","errors":[
      {"resource":"Application","field":"","code":"invalid"}]})");
  EXPECT_EQ(failure_of(refresh("r1"))->kind, FailureKind::kStopApplication);
}

TEST_F(OAuthClientTest, RevokesWithTheCredentialsInTheHeader) {
  transport_.will_answer(200, "");
  EXPECT_FALSE(failure_of(revoke()));
  const HttpRequest& request = transport_.requests().at(0);
  EXPECT_EQ(request.method, HttpMethod::kPost);
  EXPECT_EQ(request.url, "https://www.strava.com/oauth/revoke");
  EXPECT_EQ(request.basic_credentials.reveal(), "24523:s&cret");
  EXPECT_EQ(request.body.reveal(), "token=r1&token_type_hint=refresh_token");
}

TEST_F(OAuthClientTest, RevokesInTheOlderWayWhereTheNewOneIsNotKnown) {
  transport_.will_answer(404, "");
  transport_.will_answer(200, R"({"access_token":"a1"})");
  EXPECT_FALSE(failure_of(revoke()));
  const HttpRequest& request = transport_.requests().at(1);
  EXPECT_EQ(request.url, "https://www.strava.com/oauth/deauthorize");
  EXPECT_EQ(request.bearer_token.reveal(), "a1");
  EXPECT_TRUE(request.basic_credentials.empty());
}

TEST_F(OAuthClientTest, TellsWhyItCouldNotRevoke) {
  transport_.will_answer(401, R"({"message":"Authorization Error","errors":[]})");
  EXPECT_EQ(failure_of(revoke())->kind, FailureKind::kStopApplication);
  transport_.will_answer(503, "");
  EXPECT_EQ(failure_of(revoke())->kind, FailureKind::kLater);
  transport_.will_fail("no connection");
  EXPECT_EQ(failure_of(revoke())->kind, FailureKind::kLater);
}

TEST(OAuthEndpoint, IsBelowOauthOnAHostWithoutAPath) {
  EXPECT_EQ(oauth_endpoint("http://127.0.0.1:8080", "token"), "http://127.0.0.1:8080/oauth/token");
  EXPECT_EQ(oauth_endpoint("https://www.strava.com/oauth", "token"),
            "https://www.strava.com/oauth/token");
  EXPECT_EQ(oauth_endpoint("https://www.strava.com/api/v3/oauth", "token"),
            "https://www.strava.com/api/v3/oauth/token");
}

}  // namespace
}  // namespace hookspool::strava
