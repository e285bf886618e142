#include "strava_sim/rate_limits.h"

#include <gtest/gtest.h>

namespace hookspool::strava_sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Kind = RateLimits::Kind;

constexpr RateFigures kPlenty{1000, 10000};
constexpr std::chrono::sys_seconds kNoon =
    std::chrono::sys_days(std::chrono::year(2026) / 10 / 8) + hours(12);

TEST(RateLimits, RefusesTheRequestThatIsOneTooMany) {
  RateLimits limits;
  EXPECT_TRUE(limits.count(kNoon, Kind::kRead, {2, 100}, kPlenty).allowed);
  EXPECT_TRUE(limits.count(kNoon, Kind::kRead, {2, 100}, kPlenty).allowed);
  EXPECT_FALSE(limits.count(kNoon, Kind::kRead, {2, 100}, kPlenty).allowed);
}

TEST(RateLimits, CountsRefusedRequestsToo) {
  RateLimits limits;
  for (int request = 0; request < 5; ++request) limits.count(kNoon, Kind::kRead, {1, 100}, kPlenty);
  EXPECT_EQ(limits.overall_usage().quarter_hour, 5);
  EXPECT_EQ(limits.overall_usage().day, 5);
}

TEST(RateLimits, BeginsAnewAtEachQuarterOfAnHour) {
  RateLimits limits;
  EXPECT_TRUE(limits.count(kNoon + minutes(14), Kind::kRead, {1, 100}, kPlenty).allowed);
  EXPECT_FALSE(limits.count(kNoon + seconds(899), Kind::kRead, {1, 100}, kPlenty).allowed);
  const auto verdict = limits.count(kNoon + minutes(15), Kind::kRead, {1, 100}, kPlenty);
  EXPECT_TRUE(verdict.allowed);
  EXPECT_EQ(verdict.overall_usage.quarter_hour, 1);
  EXPECT_EQ(verdict.overall_usage.day, 3);
}

TEST(RateLimits, BeginsTheDayAtMidnightUtc) {
  RateLimits limits;
  EXPECT_TRUE(limits.count(kNoon + hours(11), Kind::kRead, {100, 1}, kPlenty).allowed);
  EXPECT_FALSE(
      limits.count(kNoon + hours(12) - seconds(1), Kind::kRead, {100, 1}, kPlenty).allowed);
  EXPECT_TRUE(limits.count(kNoon + hours(12), Kind::kRead, {100, 1}, kPlenty).allowed);
}

TEST(RateLimits, CountsUploadsOverallOnly) {
  RateLimits limits;
  const auto verdict = limits.count(kNoon, Kind::kUpload, kPlenty, {0, 0});
  EXPECT_TRUE(verdict.allowed);
  EXPECT_EQ(verdict.overall_usage.day, 1);
  EXPECT_EQ(verdict.read_usage.day, 0);
}

TEST(RateLimits, RefusesReadsByTheirOwnLimit) {
  RateLimits limits;
  EXPECT_FALSE(limits.count(kNoon, Kind::kRead, kPlenty, {0, 0}).allowed);
}

TEST(RateLimits, HeedsLimitsThatChangeMeanwhile) {
  RateLimits limits;
  EXPECT_TRUE(limits.count(kNoon, Kind::kRead, {1, 100}, kPlenty).allowed);
  EXPECT_FALSE(limits.count(kNoon, Kind::kRead, {1, 100}, kPlenty).allowed);
  EXPECT_TRUE(limits.count(kNoon, Kind::kRead, {10, 100}, kPlenty).allowed);
}

}  // namespace
}  // namespace hookspool::strava_sim
