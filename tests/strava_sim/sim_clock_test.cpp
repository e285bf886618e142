#include "strava_sim/sim_clock.h"

#include <gtest/gtest.h>

namespace hookspool::strava_sim {
namespace {

using std::chrono::seconds;

constexpr std::chrono::sys_seconds kStart{seconds(1'791'000'000)};

TEST(SimClock, StandsStillUntilToldInManualMode) {
  SimClock clock(SimClock::Mode::kManual, kStart);
  EXPECT_EQ(clock.now(), kStart);
  EXPECT_FALSE(clock.real_time_until(kStart + seconds(1)));
  clock.advance(std::chrono::days(30));
  EXPECT_EQ(clock.now(), kStart + std::chrono::days(30));
  clock.set(kStart);
  EXPECT_EQ(clock.now(), kStart);
}

TEST(SimClock, RunsFromWhereItIsPutInRealMode) {
  SimClock clock(SimClock::Mode::kReal, kStart);
  EXPECT_GE(clock.now(), kStart);
  EXPECT_LT(clock.now(), kStart + seconds(60));
  const auto left = clock.real_time_until(kStart + seconds(3600));
  ASSERT_TRUE(left);
  EXPECT_GT(*left, seconds(3500));
}

TEST(SimClock, TellsOfItsJumps) {
  SimClock clock(SimClock::Mode::kManual, kStart);
  int jumps = 0;
  clock.on_jump([&] { ++jumps; });
  clock.advance(seconds(1));
  clock.set(kStart);
  EXPECT_EQ(jumps, 2);
}

}  // namespace
}  // namespace hookspool::strava_sim
