#include "receiver/handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <json/reader.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "event/authorization.h"
#include "support/fake_clock.h"
#include "support/temporary_directory.h"

namespace hookspool::receiver {
namespace {

using event::AcceptFilter;
using event::Kind;
using event::SubscriptionId;
using test::FakeClock;
using testing::HasSubstr;
using testing::Not;

const std::string kToken = "correct-horse";
const std::string kCreate =
    R"({"aspect_type":"create","event_time":1522986611,"object_id":1491968222,)"
    R"("object_type":"activity","owner_id":28004310,"subscription_id":122449,"updates":{}})";

std::string with(std::string text, const std::string& what, const std::string& replacement) {
  return text.replace(text.find(what), what.size(), replacement);
}

Request get(const std::string& query, const std::string& method = "GET") {
  Request request;
  request.method = method;
  request.query = query;
  return request;
}

Request post(const std::string& body) {
  Request request;
  request.method = "POST";
  request.body = body;
  return request;
}

Decision handle(const Request& request, std::optional<SubscriptionId> ours = std::nullopt,
                AcceptFilter accept = AcceptFilter()) {
  const FakeClock clock;
  const spool::PendingAuthorizations none(spool::Layout("/nonexistent"), clock);
  return Handler(Secret(kToken), std::move(accept), none).handle(request, ours);
}

/// The challenge in an answer, as a JSON parser reads it.
std::string echoed(const Response& response) {
  const std::unique_ptr<Json::CharReader> reader(Json::CharReaderBuilder().newCharReader());
  Json::Value answer;
  const std::string& body = response.body;
  EXPECT_TRUE(reader->parse(body.data(), body.data() + body.size(), &answer, nullptr)) << body;
  EXPECT_EQ(answer.getMemberNames(), std::vector<std::string>{"hub.challenge"});
  return answer["hub.challenge"].asString();
}

// The validation of the callback

TEST(Handler, EchoesTheChallengeOfStravasExample) {
  const Decision decision =
      handle(get("hub.verify_token=correct-horse&hub.challenge=15f7d1a91c1f40f8a748fd134752feb3"
                 "&hub.mode=subscribe"));

  EXPECT_EQ(decision.response.status, 200);
  EXPECT_EQ(decision.response.content_type, "application/json");
  EXPECT_EQ(decision.response.body, R"({"hub.challenge":"15f7d1a91c1f40f8a748fd134752feb3"})");
  EXPECT_FALSE(decision.record);
}

class Validation : public testing::TestWithParam<const char*> {};

TEST_P(Validation, SucceedsHoweverItsQueryIsWritten) {
  const Decision decision = handle(get(GetParam()));

  EXPECT_EQ(decision.response.status, 200);
  EXPECT_EQ(echoed(decision.response), "abc");
}

INSTANTIATE_TEST_SUITE_P(
    EveryWay, Validation,
    testing::Values("hub.mode=subscribe&hub.challenge=abc&hub.verify_token=correct-horse",
                    "hub%2Emode=subscribe&hub%2echallenge=abc&hub%2Everify_token=correct-horse",
                    "%68ub.mode=%73ubscribe&hub.challenge=%61bc&hub.verify_token=correct%2Dhorse",
                    "hook=1&hub.mode=subscribe&hub.challenge=abc&hub.verify_token=correct-horse",
                    "hub.mode=subscribe&hub.challenge=abc&hub.verify_token=correct-horse&x=y&&",
                    "hub.mode=subscribe&hub.lease=9&hub.challenge=abc&hub.verify_token="
                    "correct-horse"));

TEST(Handler, EscapesTheChallengeSoThatItStaysOneJsonString) {
  const std::vector<std::pair<std::string, std::string>> challenges{
      {"a%22b", "a\"b"},
      {"a%5Cb", "a\\b"},
      {"%22%7D%2C%22x%22%3A%22", "\"},\"x\":\""},
      {"%00", std::string(1, '\0')},
      {"%01%08%09%0A%0C%0D%1B%1F%7F", "\x01\x08\t\n\x0C\r\x1B\x1F\x7F"},
      {"a%0D%0ASet-Cookie%3A+x", "a\r\nSet-Cookie: x"},
      {"%C3%A9%E2%82%AC%F0%9F%8F%83", "é€🏃"},
      {"%E2%80%A8", "\u2028"},
      {"%3C/script%3E%3Cimg%20onerror=1%3E", "</script><img onerror=1>"},
      {"a+b%2Bc", "a b+c"},
      {"100%", "100%"},
  };
  for (const auto& [written, meant] : challenges) {
    const Response response =
        handle(get("hub.mode=subscribe&hub.verify_token=correct-horse&hub.challenge=" + written))
            .response;
    ASSERT_EQ(response.status, 200) << written;
    EXPECT_EQ(echoed(response), meant) << written;
    EXPECT_THAT(response.body, Not(HasSubstr("\n"))) << "it is one line";
    EXPECT_EQ(response.extra_headers, "");
  }
}

TEST(Handler, RefusesAChallengeThatNoJsonStringCanHold) {
  for (const char* written : {"%FF", "%C3", "%ED%A0%80", "a%80b", "%C0%AF"}) {
    EXPECT_EQ(handle(get("hub.mode=subscribe&hub.verify_token=correct-horse&hub.challenge=" +
                         std::string(written)))
                  .response.status,
              400)
        << written;
  }
}

TEST(Handler, RefusesAWrongTokenWithoutNamingTheRightOne) {
  for (const char* token : {"x", "correct-hors", "correct-horse2", "Correct-horse",
                            "correct-horse%00", "%00", "correct-horse+", "correct%2Fhorse"}) {
    const Response response =
        handle(get("hub.mode=subscribe&hub.challenge=abc&hub.verify_token=" + std::string(token)))
            .response;
    EXPECT_EQ(response.status, 403) << token;
    EXPECT_THAT(response.body, Not(HasSubstr(kToken)));
    EXPECT_THAT(response.body, Not(HasSubstr("abc"))) << "nor is anything echoed";
  }
}

TEST(Handler, LogsNothingOfATokenThatIsWrong) {
  testing::internal::CaptureStderr();
  handle(get("hub.mode=subscribe&hub.challenge=abc&hub.verify_token=wrong"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

struct Incomplete {
  const char* query;
  const char* missing;
};

class IncompleteValidation : public testing::TestWithParam<Incomplete> {};

TEST_P(IncompleteValidation, IsToldWhatIsMissing) {
  const Response response = handle(get(GetParam().query)).response;

  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, std::string(GetParam().missing) + " is missing.\n");
}

INSTANTIATE_TEST_SUITE_P(
    EveryPart, IncompleteValidation,
    testing::Values(
        Incomplete{"hub.verify_token=correct-horse&hub.challenge=abc", "hub.mode"},
        Incomplete{"hub.mode=&hub.verify_token=correct-horse&hub.challenge=abc", "hub.mode"},
        Incomplete{"hub.mode&hub.verify_token=correct-horse&hub.challenge=abc", "hub.mode"},
        Incomplete{"hub.mode=subscribe&hub.challenge=abc", "hub.verify_token"},
        Incomplete{"hub.mode=subscribe&hub.verify_token=&hub.challenge=abc", "hub.verify_token"},
        Incomplete{"hub.mode=subscribe&hub.verify_token=correct-horse", "hub.challenge"},
        Incomplete{"hub.mode=subscribe&hub.verify_token=correct-horse&hub.challenge=",
                   "hub.challenge"},
        Incomplete{"hub.other=1", "hub.mode"},
        // PHP's rewriting of dots is not Strava's.
        Incomplete{"hub_mode=subscribe&hub.verify_token=x&hub.challenge=abc", "hub.mode"}));

TEST(Handler, RefusesAModeThatItDoesNotKnow) {
  for (const char* mode : {"unsubscribe", "Subscribe", "subscribe+"}) {
    EXPECT_EQ(handle(get("hub.verify_token=correct-horse&hub.challenge=abc&hub.mode=" +
                         std::string(mode)))
                  .response.status,
              400);
  }
}

TEST(Handler, ValidatesNothingForAnEmptyToken) {
  const FakeClock clock;
  const spool::PendingAuthorizations none(spool::Layout("/nonexistent"), clock);
  const Handler handler(Secret(""), AcceptFilter(), none);

  EXPECT_EQ(
      handler.handle(get("hub.mode=subscribe&hub.verify_token=&hub.challenge=abc"), std::nullopt)
          .response.status,
      400);
}

// Curious people

TEST(Handler, SaysToTheCuriousThatACallbackLivesHere) {
  for (const char* method : {"GET", "HEAD"}) {
    for (const char* query : {"", "x=1", "hub", "hub=1", "hubmode=subscribe", "xhub.mode=1"}) {
      const Decision decision = handle(get(query, method));
      EXPECT_EQ(decision.response.status, 200) << query;
      EXPECT_THAT(decision.response.body, HasSubstr("webhook callback lives here"));
      EXPECT_EQ(decision.response.content_type, "text/plain; charset=utf-8");
      EXPECT_FALSE(decision.record);
    }
  }
}

TEST(Handler, RefusesOtherMethodsAndNamesTheRightOnes) {
  for (const char* method : {"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "post",
                             "POST ", "", "PROPFIND"}) {
    Request request = post(kCreate);
    request.method = method;
    const Decision decision = handle(request);
    EXPECT_EQ(decision.response.status, 405) << method;
    EXPECT_EQ(decision.response.extra_headers, "Allow: GET, HEAD, POST\r\n");
    EXPECT_FALSE(decision.record);
  }
}

// Events

TEST(Handler, KeepsAnAcceptedEvent) {
  const Decision decision = handle(post(kCreate));

  EXPECT_EQ(decision.response.status, 200);
  EXPECT_TRUE(decision.record);
}

TEST(Handler, IgnoresTheQueryOfAPost) {
  Request request = post(kCreate);
  request.query = "hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=abc";

  EXPECT_EQ(handle(request).response.status, 200);
  EXPECT_TRUE(handle(request).record);
}

struct Filtered {
  const char* object_type;
  const char* aspect_type;
  const char* updates;
  Kind kind;
};

class EventOfKind : public testing::TestWithParam<Filtered> {
 protected:
  std::string body() const {
    return with(
        with(with(kCreate, "activity", GetParam().object_type), "create", GetParam().aspect_type),
        "{}", GetParam().updates);
  }
};

TEST_P(EventOfKind, IsKeptIfItsKindIsAcceptedAndElseForgottenWith200) {
  const Kind kind = GetParam().kind;
  const Decision accepted = handle(post(body()), std::nullopt, AcceptFilter({kind}));
  const Decision filtered = handle(post(body()), std::nullopt, AcceptFilter(std::set<Kind>{}));

  EXPECT_EQ(accepted.response.status, 200);
  EXPECT_TRUE(accepted.record);
  EXPECT_EQ(filtered.response.status, 200) << "an error would make Strava repeat it";
  EXPECT_FALSE(filtered.record);
}

INSTANTIATE_TEST_SUITE_P(
    EveryKind, EventOfKind,
    testing::Values(Filtered{"activity", "create", "{}", Kind::kActivityCreate},
                    Filtered{"activity", "update", R"({"title":"x"})", Kind::kActivityUpdate},
                    Filtered{"activity", "delete", "{}", Kind::kActivityDelete},
                    Filtered{"athlete", "update", R"({"authorized":"false"})",
                             Kind::kAthleteDeauthorize}));

TEST(Handler, ForgetsEventsOfUnknownKindsWith200) {
  for (const std::string& body :
       {with(kCreate, "activity", "segment"), with(kCreate, "create", "archive"),
        with(with(kCreate, "activity", "athlete"), "create", "update")}) {
    const Decision decision = handle(post(body));
    EXPECT_EQ(decision.response.status, 200) << body;
    EXPECT_FALSE(decision.record) << body;
  }
}

TEST(Handler, RefusesABodyThatIsNoEventAndSaysWhy) {
  for (const std::string& body :
       {std::string(), std::string("{}"), std::string("x=1"), with(kCreate, "1491968222", "1.0"),
        with(kCreate, "activity", "\xFF"), kCreate.substr(1)}) {
    const Decision decision = handle(post(body));
    EXPECT_EQ(decision.response.status, 400) << body;
    EXPECT_THAT(decision.response.body, HasSubstr("This is no event: "));
    EXPECT_FALSE(decision.record);
  }
}

TEST(Handler, RefusesABodyThatIsTooLarge) {
  Request request = post(kCreate);
  request.body_too_large = true;
  const Decision decision = handle(request);

  EXPECT_EQ(decision.response.status, 413);
  EXPECT_FALSE(decision.record);
}

TEST(Handler, RefusesEventsOfAnotherSubscriptionOnceOursIsKnown) {
  constexpr SubscriptionId kOurs{122449};
  const std::string of_another = with(kCreate, "122449", "122448");

  EXPECT_TRUE(handle(post(kCreate), kOurs).record);
  EXPECT_TRUE(handle(post(with(kCreate, "122449", R"("122449")")), kOurs).record);
  const Decision decision = handle(post(of_another), kOurs);
  EXPECT_EQ(decision.response.status, 403);
  EXPECT_FALSE(decision.record);
  EXPECT_THAT(decision.response.body, Not(HasSubstr("122449"))) << "which is not told";
  EXPECT_TRUE(handle(post(of_another), std::nullopt).record)
      << "until one is known, any is accepted";
}

TEST(Handler, KeepsAnEventThatNamesNoSubscription) {
  const std::string without_id = with(kCreate, R"("subscription_id":122449,)", "");

  EXPECT_TRUE(handle(post(without_id), SubscriptionId{122449}).record);
}

TEST(Handler, RefusesAnotherSubscriptionsEventAlsoIfItsKindIsFilteredOut) {
  EXPECT_EQ(handle(post(with(kCreate, "create", "update")), SubscriptionId{1}).response.status,
            403);
}

/// The athlete's browser, sent back by Strava.
class AuthorizedRequest : public testing::Test {
 protected:
  Decision handle(const std::string& query, const std::string& method = "GET") const {
    return handler_.handle(get(query, method), std::nullopt);
  }

  FakeClock clock_;
  const test::TemporaryDirectory directory_;
  const spool::PendingAuthorizations authorizations_{spool::Layout(directory_ / "spool"), clock_};
  const Handler handler_{Secret(kToken), AcceptFilter(), authorizations_};
  const std::string state_ = authorizations_.begin();
};

TEST_F(AuthorizedRequest, KeepsTheCode) {
  const Decision decision =
      handle("state=" + state_ + "&code=c0de&scope=read,activity:read_all%20%22");

  EXPECT_EQ(decision.response.status, 200);
  EXPECT_EQ(decision.response.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(decision.response.body, Not(HasSubstr("c0de")));
  ASSERT_TRUE(decision.record);
  const auto kept = event::parse_authorization(*decision.record);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->state, state_);
  EXPECT_EQ(kept->code.reveal(), "c0de");
  EXPECT_EQ(kept->scope, "read,activity:read_all \"");
  EXPECT_EQ(kept->error, "");
}

TEST_F(AuthorizedRequest, KeepsARefusal) {
  const Decision decision = handle("state=" + state_ + "&error=access_denied");

  EXPECT_EQ(decision.response.status, 200);
  EXPECT_THAT(decision.response.body, HasSubstr("did not authorize"));
  ASSERT_TRUE(decision.record);
  EXPECT_EQ(event::parse_authorization(*decision.record)->error, "access_denied");
}

TEST_F(AuthorizedRequest, IsRefusedWithAStateThatNobodyWaitsFor) {
  for (const std::string& state :
       {std::string(), std::string(64, 'a'), std::string("../subscription"), state_ + "0",
        std::string(64, '/'), state_.substr(1)}) {
    const Decision decision = handle("state=" + state + "&code=c0de");
    EXPECT_EQ(decision.response.status, 403) << state;
    EXPECT_FALSE(decision.record) << state;
  }
}

TEST_F(AuthorizedRequest, IsRefusedAfterTenMinutes) {
  clock_.advance(std::chrono::minutes(10));

  EXPECT_EQ(handle("state=" + state_ + "&code=c0de").response.status, 403);
}

TEST_F(AuthorizedRequest, IsRefusedWithoutCodeAndError) {
  const Decision decision = handle("state=" + state_);

  EXPECT_EQ(decision.response.status, 400);
  EXPECT_FALSE(decision.record);
}

TEST_F(AuthorizedRequest, IsRefusedIfItIsNoUtf8) {
  const Decision decision = handle("state=" + state_ + "&code=%FF");

  EXPECT_EQ(decision.response.status, 400);
  EXPECT_FALSE(decision.record);
}

TEST_F(AuthorizedRequest, IsNotUsedUpByHead) {
  EXPECT_FALSE(handle("state=" + state_ + "&code=c0de", "HEAD").record);
}

TEST_F(AuthorizedRequest, DoesNotHideAValidation) {
  const Decision decision =
      handle("state=" + state_ + "&code=c&hub.mode=subscribe&hub.verify_token=" + kToken +
             "&hub.challenge=x");
  EXPECT_EQ(echoed(decision.response), "x");
  EXPECT_FALSE(decision.record);
}

}  // namespace
}  // namespace hookspool::receiver
