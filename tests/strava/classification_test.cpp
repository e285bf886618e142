#include "strava/classification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hookspool::strava {
namespace {

using testing::HasSubstr;

struct Case {
  int status;
  std::string body;
  FailureKind kind;
};

const Timestamp kNow = from_rfc3339("2026-11-23T15:37:05Z");

std::string refusal(const std::string& message, const std::string& resource,
                    const std::string& field, const std::string& code) {
  return R"({"message":")" + message + R"(","errors":[{"resource":")" + resource +
         R"(","field":")" + field + R"(","code":")" + code + R"("}]})";
}

const std::string kHtml = "<!DOCTYPE html><html><body>nginx</body></html>";
const std::string kInactive = refusal("Forbidden", "Application", "Status", "Inactive");
const std::string kRateLimitFault =
    refusal("Rate Limit Exceeded", "Application", "rate limit", "exceeded");
/// Here `errors` is a string.
const std::string kRateLimitText =
    R"({"errors":"Rate Limit Exceeded","status":429,"message":"Too Many Requests"})";
const std::string kGone = refusal("Resource Not Found", "Activity", "", "not found");

void expect_kinds(Failure (*classify)(const HttpResponse&, Timestamp),
                  const std::vector<Case>& cases) {
  for (const Case& expected : cases) {
    const Failure failure = classify({expected.status, {}, expected.body}, kNow);
    EXPECT_EQ(name_of(failure.kind), name_of(expected.kind))
        << expected.status << " " << expected.body;
    EXPECT_THAT(failure.detail, HasSubstr(std::to_string(expected.status)));
  }
}

TEST(Classification, OfTheApisAnswers) {
  expect_kinds(
      classify_api_error,
      {
          {301, "", FailureKind::kLater},
          {302, kHtml, FailureKind::kLater},
          {204, "", FailureKind::kLater},
          {400, refusal("Bad Request", "Activity", "id", "invalid"), FailureKind::kNever},
          {400, refusal("Bad Request", "Application", "client_id", "invalid"),
           FailureKind::kStopApplication},
          {400, kHtml, FailureKind::kLater},
          {401, refusal("Authorization Error", "Athlete", "access_token", "invalid"),
           FailureKind::kInvalidAccessToken},
          {401,
           refusal("Authorization Error", "AccessToken", "activity:read_permission", "missing"),
           FailureKind::kStopAthlete},
          {401, refusal("Authorization Error", "AccessToken", "write_permission", "missing"),
           FailureKind::kStopAthlete},
          {401, refusal("Authorization Error", "Application", "", "invalid"),
           FailureKind::kStopApplication},
          {401, "", FailureKind::kInvalidAccessToken},
          {401, R"({"message":"Authorization Error","errors":[]})",
           FailureKind::kInvalidAccessToken},
          {403, kInactive, FailureKind::kStopApplication},
          {403, refusal("Forbidden", "Application", "status", "inactive"),
           FailureKind::kStopApplication},
          {403, refusal("Forbidden", "Activity", "", "forbidden"), FailureKind::kNever},
          {403, R"({"message":"Forbidden"})", FailureKind::kNever},
          {403, kRateLimitFault, FailureKind::kRateLimited},
          {403, kHtml, FailureKind::kLater},
          {403, "", FailureKind::kLater},
          {404, kGone, FailureKind::kNotFound},
          {404, refusal("Record Not Found", "Activity", "id", "invalid"), FailureKind::kNotFound},
          {404, "", FailureKind::kNotFound},
          {404, R"({"message":"Record Not Found"})", FailureKind::kNotFound},
          {404, R"({"message":"no Route matched with those values"})", FailureKind::kLater},
          {404, R"({"message":"Not Found","errors":[]})", FailureKind::kLater},
          {404, "{}", FailureKind::kLater},
          {404, kHtml, FailureKind::kLater},
          {404, "404 page not found\n", FailureKind::kLater},
          {404, refusal("Record Not Found", "resource", "path", "invalid"), FailureKind::kLater},
          {408, "", FailureKind::kLater},
          {410, R"({"message":"Gone"})", FailureKind::kLater},
          {429, kRateLimitFault, FailureKind::kRateLimited},
          {429, kRateLimitText, FailureKind::kRateLimited},
          {429, "", FailureKind::kRateLimited},
          {429, kHtml, FailureKind::kRateLimited},
          {500, R"({"message":"error"})", FailureKind::kLater},
          {500, "", FailureKind::kLater},
          {502, kHtml, FailureKind::kLater},
          {503, kInactive, FailureKind::kLater},
          {504, "", FailureKind::kLater},
      });
}

TEST(Classification, TellsStravasWordsFromAnAnswerThatMayBeAnybodys) {
  const auto is_named = [](int status, const std::string& body) {
    return classify_api_error({status, {}, body}, Timestamp{}).is_named;
  };
  EXPECT_TRUE(is_named(404, kGone));
  EXPECT_FALSE(is_named(404, ""));
  EXPECT_TRUE(is_named(401, refusal("Authorization Error", "Athlete", "access_token", "invalid")));
  EXPECT_FALSE(is_named(401, ""));
  EXPECT_FALSE(is_named(401, kHtml));
}

TEST(Classification, OfTheTokenEndpointsAnswers) {
  expect_kinds(
      classify_token_error,
      {
          {400, refusal("Bad Request", "RefreshToken", "refresh_token", "invalid"),
           FailureKind::kStopAthlete},
          {400, refusal("Bad Request", "RefreshToken", "code", "invalid"),
           FailureKind::kStopAthlete},
          {400, refusal("Bad Request", "AuthorizationCode", "code", "invalid"),
           FailureKind::kNever},
          {400, refusal("Bad Request", "RequestToken", "code", "invalid"), FailureKind::kNever},
          {400, refusal("Bad Request", "Application", "client_id", "invalid"),
           FailureKind::kStopApplication},
          {401, refusal("Authorization Error", "Application", "", "invalid"),
           FailureKind::kStopApplication},
          {401, "", FailureKind::kStopApplication},
          {403, kInactive, FailureKind::kStopApplication},
          {403, R"({"message":"Limit of connected athletes exceeded"})", FailureKind::kNever},
          {403, "Limit of connected athletes exceeded", FailureKind::kNever},
          // Nothing below proves that the grant is dead.
          {401, refusal("Authorization Error", "RefreshToken", "refresh_token", "invalid"),
           FailureKind::kStopApplication},
          {400, R"({"message":"Bad Request"})", FailureKind::kLater},
          {400, kHtml, FailureKind::kLater},
          {401, kHtml, FailureKind::kLater},
          {403, kHtml, FailureKind::kLater},
          {404, kHtml, FailureKind::kLater},
          {302, "", FailureKind::kLater},
          {429, kRateLimitText, FailureKind::kRateLimited},
          {500, "", FailureKind::kLater},
          {503, kHtml, FailureKind::kLater},
      });
}

TEST(Classification, OfTheSubscriptionCallsAnswers) {
  expect_kinds(
      classify_subscription_error,
      {
          {400,
           refusal("Bad Request", "PushSubscription", "callback url",
                   "GET to callback URL does not return 200"),
           FailureKind::kNever},
          {400, refusal("Bad Request", "PushSubscription", "callback url", "not verifiable"),
           FailureKind::kNever},
          {400, refusal("Bad Request", "PushSubscription", "", "already exists"),
           FailureKind::kNever},
          {400, refusal("Bad Request", "Application", "client_id", "invalid"),
           FailureKind::kStopApplication},
          {401, refusal("Authorization Error", "Application", "", "invalid"),
           FailureKind::kStopApplication},
          {401, R"({"message":"Authorization Error","errors":[]})", FailureKind::kStopApplication},
          {403, R"({"message":"Forbidden"})", FailureKind::kStopApplication},
          {403, kInactive, FailureKind::kStopApplication},
          {404, refusal("Record Not Found", "PushSubscription", "id", "invalid"),
           FailureKind::kNotFound},
          {404, kHtml, FailureKind::kLater},
          {429, kRateLimitText, FailureKind::kRateLimited},
          {500, R"({"message":"error"})", FailureKind::kLater},
      });
}

TEST(Classification, SaysWhenTheNextRequestMayGoAfter429) {
  const HttpHeaders used_up{{"X-ReadRateLimit-Limit", "100,1000"},
                            {"X-ReadRateLimit-Usage", "1,1000"}};
  EXPECT_EQ(classify_api_error({429, {}, kRateLimitText}, kNow).retry_at,
            from_rfc3339("2026-11-23T15:45:05Z"));
  EXPECT_EQ(classify_api_error({429, used_up, kRateLimitText}, kNow).retry_at,
            from_rfc3339("2026-11-24T00:00:05Z"));
}

TEST(Classification, HeedsARetryAfterThatIsLaterThanOurOwnGuess) {
  const auto retry_at = [](int status, const char* value) {
    return classify_api_error({status, {{"Retry-After", value}}, ""}, kNow).retry_at;
  };
  EXPECT_EQ(retry_at(503, "120"), kNow + std::chrono::seconds(120));
  EXPECT_EQ(retry_at(429, "3600"), kNow + std::chrono::hours(1));
  EXPECT_EQ(retry_at(429, "1"), from_rfc3339("2026-11-23T15:45:05Z"));
  EXPECT_EQ(retry_at(503, "99999999999"), kNow + std::chrono::days(1));
  EXPECT_EQ(retry_at(503, "-5"), std::nullopt);
  EXPECT_EQ(retry_at(503, "Mon, 23 Nov 2026 16:00:00 GMT"), std::nullopt);
}

TEST(Classification, TellsWhatToDoAboutEachFault) {
  EXPECT_THAT(classify_api_error({403, {}, kInactive}, kNow).detail,
              HasSubstr("https://www.strava.com/settings/api"));
  EXPECT_THAT(classify_api_error({404, {}, kHtml}, kNow).detail, HasSubstr("api_url"));
  EXPECT_THAT(classify_subscription_error(
                  {400, {}, refusal("Bad Request", "PushSubscription", "", "already exists")}, kNow)
                  .detail,
              HasSubstr("hookspoolctl unsubscribe"));
}

TEST(Classification, QuotesStravaWithoutControlCharactersAndWithoutEnd) {
  const std::string hostile = R"({"message":"\u001b[2J)" + std::string(5000, 'x') + R"("})";
  const std::string summary = summary_of({400, {}, hostile});
  EXPECT_EQ(summary.find('\x1b'), std::string::npos);
  EXPECT_LE(summary.size(), 200U);
  EXPECT_EQ(summary_of({401, {}, refusal("Authorization Error", "Application", "", "invalid")}),
            "401 Authorization Error (Application invalid)");
}

TEST(Classification, NeverQuotesASuccessWhichMayHoldTokens) {
  const HttpResponse response{200, {}, R"({"message":"a-token","access_token":"a-token"})"};
  EXPECT_EQ(summary_of(response), "200");
  EXPECT_EQ(unusable_answer(response, "it has no refresh_token").detail.find("a-token"),
            std::string::npos);
}

}  // namespace
}  // namespace hookspool::strava
