#include "store/rate_usage.h"

#include <gtest/gtest.h>

#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::store {
namespace {

using namespace std::chrono_literals;

TEST(RateUsage, IsNothingBeforeStravaHasAnswered) {
  test::TemporaryStore store;

  EXPECT_TRUE(RateUsage(store.database()).list().empty());
}

TEST(RateUsage, IsWhatWasSeenLast) {
  test::TemporaryStore store;
  const test::FakeClock clock;
  RateUsage usage(store.database());
  usage.put({"read", 100, 5, 1000, 50, clock.now()});
  usage.put({"overall", 200, 7, 2000, 70, clock.now()});
  usage.put({"read", 100, 6, 1000, 51, clock.now() + 1s});
  usage.put({"read", 100, 4, 1000, 49, clock.now() - 1s});

  const auto all = usage.list();

  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].counter, "overall");
  EXPECT_EQ(all[0].quarter_hour_limit, 200);
  EXPECT_EQ(all[0].day_limit, 2000);
  EXPECT_EQ(all[1].quarter_hour_used, 6);
  EXPECT_EQ(all[1].day_used, 51);
  EXPECT_EQ(all[1].seen, clock.now() + 1s);
}

}  // namespace
}  // namespace hookspool::store
