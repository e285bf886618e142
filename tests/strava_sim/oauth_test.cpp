#include "strava_sim/oauth.h"

#include <gtest/gtest.h>

namespace hookspool::strava_sim {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr AthleteId kAda{134'815};
constexpr std::chrono::sys_seconds kNow{seconds(1'791'000'000)};
const Scopes kScopes("read,activity:read");

TEST(OAuth, ExchangesACodeOnce) {
  OAuth oauth(1);
  const std::string code = oauth.issue_code(kAda, kScopes, kNow, {});
  const auto tokens = oauth.exchange(code, kNow, {});
  ASSERT_TRUE(tokens);
  EXPECT_EQ(tokens->athlete, kAda);
  EXPECT_EQ(tokens->expires_at, kNow + hours(6));
  EXPECT_FALSE(oauth.exchange(code, kNow, {}));
}

TEST(OAuth, RefusesACodeThatIsTooOld) {
  OAuth oauth(1);
  const OAuthRules rules;
  const std::string code = oauth.issue_code(kAda, kScopes, kNow, rules);
  EXPECT_FALSE(oauth.exchange(code, kNow + rules.code_lifetime, rules));
}

TEST(OAuth, KeepsTheAccessTokenWhileMoreThanAnHourIsLeft) {
  OAuth oauth(1);
  const TokenSet first = oauth.connect(kAda, kScopes, kNow, {});
  const auto second = oauth.refresh(first.refresh_token, kNow + hours(5) - seconds(1), {});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->access_token, first.access_token);
  EXPECT_EQ(second->expires_at, first.expires_at);
}

TEST(OAuth, GivesANewAccessTokenInTheLastHourAndKeepsTheOldOneAlive) {
  OAuth oauth(1);
  const TokenSet first = oauth.connect(kAda, kScopes, kNow, {});
  const auto second = oauth.refresh(first.refresh_token, kNow + hours(5), {});
  ASSERT_TRUE(second);
  EXPECT_NE(second->access_token, first.access_token);
  EXPECT_TRUE(oauth.bearer(first.access_token, kNow + hours(6) - seconds(1)));
  EXPECT_FALSE(oauth.bearer(first.access_token, kNow + hours(6)));
  EXPECT_TRUE(oauth.bearer(second->access_token, kNow + hours(6)));
}

TEST(OAuth, KillsTheOlderRefreshTokenAtOnce) {
  OAuth oauth(1);
  const TokenSet first = oauth.connect(kAda, kScopes, kNow, {});
  const auto second = oauth.refresh(first.refresh_token, kNow, {});
  ASSERT_TRUE(second);
  EXPECT_NE(second->refresh_token, first.refresh_token);
  EXPECT_FALSE(oauth.refresh(first.refresh_token, kNow, {}));
  EXPECT_TRUE(oauth.refresh(second->refresh_token, kNow, {}));
}

TEST(OAuth, RotatesAsTheRulesSay) {
  struct Case {
    Rotation rotation;
    int expected_tokens;
  };
  for (const Case& expected :
       {Case{Rotation::kAlways, 5}, {Rotation::kNever, 1}, {Rotation::kSometimes, 3}}) {
    OAuth oauth(1);
    OAuthRules rules;
    rules.rotation = expected.rotation;
    std::string refresh_token = oauth.connect(kAda, kScopes, kNow, rules).refresh_token;
    int tokens = 1;
    for (int refresh = 0; refresh < 4; ++refresh) {
      const std::string next = oauth.refresh(refresh_token, kNow, rules)->refresh_token;
      if (next != refresh_token) ++tokens;
      refresh_token = next;
    }
    EXPECT_EQ(tokens, expected.expected_tokens);
  }
}

TEST(OAuth, RevokingEitherTokenKillsBoth) {
  for (const bool by_access_token : {true, false}) {
    OAuth oauth(1);
    const TokenSet tokens = oauth.connect(kAda, kScopes, kNow, {});
    EXPECT_EQ(oauth.revoke_token(by_access_token ? tokens.access_token : tokens.refresh_token),
              kAda);
    EXPECT_FALSE(oauth.bearer(tokens.access_token, kNow));
    EXPECT_FALSE(oauth.refresh(tokens.refresh_token, kNow, {}));
    EXPECT_EQ(oauth.connected_athletes(), 0U);
  }
}

TEST(OAuth, RevokesNothingForAnUnknownToken) {
  OAuth oauth(1);
  oauth.connect(kAda, kScopes, kNow, {});
  EXPECT_FALSE(oauth.revoke_token("unknown"));
  EXPECT_EQ(oauth.connected_athletes(), 1U);
}

TEST(Scopes, AreSeparatedByCommasOrSpaces) {
  EXPECT_EQ(Scopes("activity:read read").text(), Scopes("read,activity:read").text());
}

TEST(Scopes, KnowWhichNamesStravaHas) {
  EXPECT_TRUE(Scopes("read,activity:read_all").all_known());
  EXPECT_FALSE(Scopes("read,activity:everything").all_known());
}

}  // namespace
}  // namespace hookspool::strava_sim
