#include "event/test_event.h"

#include <gtest/gtest.h>

#include <variant>

#include "support/fake_clock.h"

namespace hookspool::event {
namespace {

const test::FakeClock kClock;

Event parsed(const std::string& body) {
  auto result = parse(body);
  const auto* event = std::get_if<Event>(&result);
  EXPECT_NE(event, nullptr) << body;
  return event == nullptr ? Event{} : *event;
}

class EveryKind : public testing::TestWithParam<Kind> {};

TEST_P(EveryKind, IsAnEventOfThatKindAndKnownForATest) {
  const Event event =
      parsed(test_event_body(GetParam(), "the-marker", kClock.now(), SubscriptionId{131300}));

  EXPECT_EQ(event.kind, GetParam());
  EXPECT_TRUE(is_test(event));
  EXPECT_EQ(event.event_time, std::chrono::floor<std::chrono::seconds>(kClock.now()));
  EXPECT_EQ(event.subscription_id, SubscriptionId{131300});
}

INSTANTIATE_TEST_SUITE_P(TestEvent, EveryKind,
                         testing::Values(Kind::kActivityCreate, Kind::kActivityUpdate,
                                         Kind::kActivityDelete, Kind::kAthleteDeauthorize));

TEST(TestEvent, LeavesOutASubscriptionThatIsNotKnown) {
  EXPECT_FALSE(
      parsed(test_event_body(Kind::kActivityCreate, "m", kClock.now(), {})).subscription_id);
}

TEST(TestEvent, IsNoEventOfStravas) {
  EXPECT_FALSE(is_test(parsed(
      R"({"object_type":"activity","aspect_type":"update","object_id":1,"owner_id":1,)"
      R"("event_time":1795449730,"subscription_id":1,"updates":{"title":"hookspool_test"}})")));
}

}  // namespace
}  // namespace hookspool::event
