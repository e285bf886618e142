#include "strava/subscriptions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/fake_clock.h"
#include "support/scripted_transport.h"

namespace hookspool::strava {
namespace {

using event::SubscriptionId;
using testing::HasSubstr;
using testing::Not;

config::StravaConfig application() {
  config::StravaConfig config;
  config.client_id = 24523;
  config.client_secret = Secret("s3cret");
  config.api_urls = {"https://www.strava.com/api/v3"};
  return config;
}

class SubscriptionsTest : public testing::Test {
 protected:
  Result<SubscriptionId> create() {
    return subscriptions_.create("https://x.example/strava?k=1", Secret("STRAVA"));
  }
  const HttpRequest& request(std::size_t index = 0) const {
    return transport_.requests().at(index);
  }

  test::ScriptedTransport transport_;
  test::FakeClock clock_;
  Subscriptions subscriptions_{transport_, clock_, application()};
};

TEST_F(SubscriptionsTest, AreCreatedByAPostedForm) {
  transport_.will_answer(201, R"({"id":131300,"resource_state":2,"application_id":24523,
      "callback_url":"https://x.example/strava?k=1","created_at":"2018-11-29T21:46:21.854786016Z"})");
  EXPECT_EQ(std::get<SubscriptionId>(create()), SubscriptionId{131300});
  EXPECT_EQ(request().method, HttpMethod::kPost);
  EXPECT_EQ(request().url, "https://www.strava.com/api/v3/push_subscriptions");
  EXPECT_TRUE(request().query.empty());
  EXPECT_TRUE(request().bearer_token.empty());
  EXPECT_EQ(request().body.reveal(),
            "client_id=24523&client_secret=s3cret"
            "&callback_url=https%3A%2F%2Fx.example%2Fstrava%3Fk%3D1&verify_token=STRAVA");
}

TEST_F(SubscriptionsTest, AreCreatedByTheShortAnswerToo) {
  transport_.will_answer(200, R"({"id":1})");
  EXPECT_EQ(std::get<SubscriptionId>(create()), SubscriptionId{1});
}

TEST_F(SubscriptionsTest, AreNotCreatedByAnAnswerWithoutAnId) {
  for (const char* body : {"", "{}", "[]", R"({"id":"1"})", "<html>"}) {
    transport_.will_answer(200, body);
    EXPECT_EQ(failure_of(create())->kind, FailureKind::kLater) << body;
  }
}

TEST_F(SubscriptionsTest, SayWhyTheCallbackWasRefused) {
  transport_.will_answer(400, R"({"message":"Bad Request","errors":[{"resource":"PushSubscription",
      "field":"callback url","code":"GET to callback URL does not return 200"}]})");
  const auto result = create();
  EXPECT_EQ(failure_of(result)->kind, FailureKind::kNever);
  EXPECT_THAT(failure_of(result)->detail, HasSubstr("verify_token"));
  EXPECT_THAT(failure_of(result)->detail, Not(HasSubstr("STRAVA\"")));
}

TEST_F(SubscriptionsTest, AreListedWithTheSecretOutsideTheUrl) {
  transport_.will_answer(200, R"([{"id":131300,"callback_url":"https://x.example/",
                                   "created_at":"2018-11-29T21:46:21Z"}])");
  const auto result = subscriptions_.list();
  ASSERT_FALSE(failure_of(result));
  const auto& list = std::get<std::vector<Subscription>>(result);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].id, SubscriptionId{131300});
  EXPECT_EQ(list[0].callback_url, "https://x.example/");
  EXPECT_EQ(request().url, "https://www.strava.com/api/v3/push_subscriptions");
  EXPECT_EQ(request().query.reveal(), "client_id=24523&client_secret=s3cret");
}

TEST_F(SubscriptionsTest, MayBeNone) {
  transport_.will_answer(200, "[]");
  EXPECT_TRUE(std::get<std::vector<Subscription>>(subscriptions_.list()).empty());
}

TEST_F(SubscriptionsTest, AreNotListedFromAnythingButAnArrayOfThem) {
  for (const char* body : {"", "{}", "[1]", R"([{"callback_url":"x"}])"}) {
    transport_.will_answer(200, body);
    EXPECT_EQ(failure_of(subscriptions_.list())->kind, FailureKind::kLater) << body;
  }
}

TEST_F(SubscriptionsTest, AreRemovedWithTheSecretInTheForm) {
  transport_.will_answer(204, "");
  EXPECT_FALSE(failure_of(subscriptions_.remove(SubscriptionId{131300})));
  EXPECT_EQ(request().method, HttpMethod::kDelete);
  EXPECT_EQ(request().url, "https://www.strava.com/api/v3/push_subscriptions/131300");
  EXPECT_EQ(request().body.reveal(), "client_id=24523&client_secret=s3cret");
  EXPECT_TRUE(request().query.empty());
}

TEST_F(SubscriptionsTest, AreRemovedWithTheSecretInTheQueryWhereStravaWantsItThere) {
  transport_.will_answer(400, R"({"message":"Bad Request","errors":[
      {"resource":"Application","field":"client_id","code":"invalid"}]})");
  transport_.will_answer(204, "");
  EXPECT_FALSE(failure_of(subscriptions_.remove(SubscriptionId{1})));
  EXPECT_EQ(request(1).query.reveal(), "client_id=24523&client_secret=s3cret");
  EXPECT_TRUE(request(1).body.empty());
}

TEST_F(SubscriptionsTest, SayWhenThereIsNothingToRemove) {
  transport_.will_answer(404, "");
  EXPECT_EQ(failure_of(subscriptions_.remove(SubscriptionId{1}))->kind, FailureKind::kNotFound);
}

}  // namespace
}  // namespace hookspool::strava
