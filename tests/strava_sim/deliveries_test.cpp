#include "strava_sim/deliveries.h"

#include <gtest/gtest.h>

#include "strava_sim/scripted_callback.h"

namespace hookspool::strava_sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::chrono::sys_seconds kStart{seconds(1'791'000'000)};
constexpr milliseconds kLong{60'000};
constexpr milliseconds kNoTime{0};

DeliveryOrder an_event(const std::string& body, const std::string& object = "activity 1") {
  DeliveryOrder order;
  order.url = "http://localhost/hook";
  order.body = body;
  order.object = object;
  return order;
}

/// Deliveries on a clock that stands still, to a subscriber that answers by a script.
class DeliveriesTest : public testing::Test {
 protected:
  void begin(std::deque<int> statuses, const DeliveryPolicy& policy = {}) {
    callback_ = std::make_unique<ScriptedCallback>(std::move(statuses));
    deliveries_ = std::make_unique<Deliveries>(clock_, *callback_);
    clock_.on_jump([this] { deliveries_->clock_jumped(); });
    deliveries_->set_policy(policy);
  }

  /// Blocks until the first delivery has had `count` attempts and waits for its next one.
  void wait_for_attempts(unsigned count) {
    while (deliveries_->to_json("")[0]["attempts"].size() < count) std::this_thread::yield();
  }

  std::string state() const { return deliveries_->to_json("")[0]["state"].asString(); }

  SimClock clock_{SimClock::Mode::kManual, kStart};
  std::unique_ptr<ScriptedCallback> callback_;
  std::unique_ptr<Deliveries> deliveries_;
};

TEST_F(DeliveriesTest, AreAcknowledgedBy200) {
  begin({200});
  deliveries_->add(an_event("{}"));
  EXPECT_TRUE(deliveries_->wait_until_settled(kLong));
  EXPECT_EQ(state(), "acknowledged");
  EXPECT_EQ(callback_->count(), 1U);
}

TEST_F(DeliveriesTest, RepeatTheSameBodyTwiceAndThenGiveUp) {
  begin({201, 0, 503, 200});
  deliveries_->add(an_event("{\"same\":true}"));
  wait_for_attempts(1);
  EXPECT_FALSE(deliveries_->wait_until_settled(kNoTime));
  clock_.advance(seconds(62));
  wait_for_attempts(2);
  clock_.advance(seconds(75));
  EXPECT_TRUE(deliveries_->wait_until_settled(kLong));
  EXPECT_EQ(state(), "given_up");
  clock_.advance(seconds(3600));
  EXPECT_EQ(callback_->count(), 3U);
  for (const CallbackRequest& request : callback_->wait_for(3)) {
    EXPECT_EQ(request.body, "{\"same\":true}");
  }
}

TEST_F(DeliveriesTest, WaitForTheirTime) {
  begin({503, 503});
  deliveries_->add(an_event("{}"));
  wait_for_attempts(1);
  clock_.advance(seconds(61));
  EXPECT_EQ(deliveries_->to_json("")[0]["due"].asInt64(), kStart.time_since_epoch().count() + 62);
  EXPECT_EQ(callback_->count(), 1U);
  clock_.advance(seconds(1));
  wait_for_attempts(2);
  const Json::Value delivery = deliveries_->to_json("")[0];
  EXPECT_EQ(delivery["due"].asInt64() - delivery["attempts"][1]["time"].asInt64(), 75);
}

TEST_F(DeliveriesTest, RetryInRealTimeWhenAskedTo) {
  DeliveryPolicy policy;
  policy.retry_after_real = milliseconds(1);
  begin({503, 503, 200}, policy);
  deliveries_->add(an_event("{}"));
  EXPECT_TRUE(deliveries_->wait_until_settled(kLong));
  EXPECT_EQ(state(), "acknowledged");
}

TEST_F(DeliveriesTest, ComeAgainAsDuplicatesWhenAskedTo) {
  DeliveryPolicy policy;
  policy.duplicates = 2;
  begin({}, policy);
  deliveries_->add(an_event("{}"));
  EXPECT_TRUE(deliveries_->wait_until_settled(kLong));
  EXPECT_EQ(callback_->count(), 3U);
  EXPECT_EQ(deliveries_->to_json("")[2]["duplicate_of"].asInt(), 1);
}

TEST_F(DeliveriesTest, ChangeTheirOrderWhileHeld) {
  DeliveryPolicy policy;
  policy.hold = true;
  begin({}, policy);
  for (const char* body : {"1", "2", "3"}) deliveries_->add(an_event(body));
  policy.hold = false;
  policy.order = EventOrder::kNewestFirst;
  policy.concurrency = 1;
  deliveries_->set_policy(policy);
  EXPECT_TRUE(deliveries_->wait_until_settled(kLong));
  std::string order;
  for (const CallbackRequest& request : callback_->wait_for(3)) order += request.body;
  EXPECT_EQ(order, "321");
}

TEST_F(DeliveriesTest, KeepTheOrderOfOneObject) {
  begin({});
  std::string expected;
  for (char body = 'a'; body <= 'z'; ++body) {
    deliveries_->add(an_event(std::string(1, body)));
    expected += body;
  }
  EXPECT_TRUE(deliveries_->wait_until_settled(kLong));
  std::string order;
  for (const CallbackRequest& request : callback_->wait_for(26)) order += request.body;
  EXPECT_EQ(order, expected);
}

TEST_F(DeliveriesTest, AreSignedAnewForEachAttempt) {
  DeliveryPolicy policy;
  policy.signature = SignatureForm::kValid;
  policy.signature_key = "key";
  begin({503, 200}, policy);
  deliveries_->add(an_event("{}"));
  wait_for_attempts(1);
  clock_.advance(seconds(62));
  EXPECT_TRUE(deliveries_->wait_until_settled(kLong));
  const auto requests = callback_->wait_for(2);
  EXPECT_EQ(requests[0].headers.find("X-Strava-Signature")->second,
            signature_header(SignatureForm::kValid, "key", "{}", kStart));
  EXPECT_EQ(requests[1].headers.find("X-Strava-Signature")->second,
            signature_header(SignatureForm::kValid, "key", "{}", kStart + seconds(62)));
}

TEST_F(DeliveriesTest, EndWithTheSubscription) {
  begin({503});
  deliveries_->add(an_event("{}"));
  wait_for_attempts(1);
  deliveries_->cancel_pending();
  EXPECT_EQ(state(), "given_up");
  EXPECT_TRUE(deliveries_->wait_until_settled(kNoTime));
}

TEST_F(DeliveriesTest, StopAlthoughSomeArePending) {
  begin({503});
  deliveries_->add(an_event("{}"));
  wait_for_attempts(1);
  deliveries_->stop();
  EXPECT_FALSE(deliveries_->wait_until_settled(kLong));
}

}  // namespace
}  // namespace hookspool::strava_sim
