#include "store/pause.h"

#include <gtest/gtest.h>

#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::store {
namespace {

using namespace std::chrono_literals;

class PauseTest : public testing::Test {
 protected:
  test::TemporaryStore store_;
  Pause pause_{store_.database()};
  test::FakeClock clock_;
};

TEST_F(PauseTest, IsInForceUntilItsEnd) {
  EXPECT_FALSE(pause_.current(clock_.now()));
  pause_.set("the rate limit", clock_.now(), clock_.now() + 15min);

  EXPECT_TRUE(pause_.current(clock_.now()));
  EXPECT_FALSE(pause_.current(clock_.now() + 15min));
}

TEST_F(PauseTest, IsKeptByEveryProcess) {
  pause_.set("the rate limit", clock_.now(), clock_.now() + 15min);

  Database other(store_.url());
  const auto seen = Pause(other).current(clock_.now());

  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->reason, "the rate limit");
  EXPECT_EQ(seen->since, clock_.now());
  EXPECT_EQ(seen->until, clock_.now() + 15min);
}

TEST_F(PauseTest, IsNeverShortened) {
  pause_.set("the day's limit", clock_.now(), clock_.now() + 8h);
  pause_.set("the application is inactive", clock_.now(), clock_.now() + 15min);

  EXPECT_EQ(pause_.current(clock_.now())->until, clock_.now() + 8h);
}

TEST_F(PauseTest, LastsSinceItsFirstDayForTheSameReason) {
  const Timestamp start = clock_.now();
  pause_.set("the application is inactive", start, start + 15min);
  clock_.advance(15min);
  pause_.set("the application is inactive", clock_.now(), clock_.now() + 15min);

  EXPECT_EQ(pause_.current(clock_.now())->since, start);
}

TEST_F(PauseTest, BeginsAnewAfterItWasForgotten) {
  pause_.set("the rate limit", clock_.now(), clock_.now() + 15min);
  pause_.forget_past(clock_.now());
  EXPECT_TRUE(pause_.current(clock_.now())) << "it is still in force";

  clock_.advance(15min);
  pause_.forget_past(clock_.now());
  pause_.set("the rate limit", clock_.now(), clock_.now() + 15min);

  EXPECT_EQ(pause_.current(clock_.now())->since, clock_.now());
}

}  // namespace
}  // namespace hookspool::store
