#include "base/clock.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace hookspool {
namespace {

using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::year;

const Timestamp kMoment = sys_days(year(2026) / 11 / 23) + std::chrono::hours(15) +
                          std::chrono::minutes(37) + std::chrono::seconds(5);

TEST(Clock, FormatsAMomentToTheMicrosecond) {
  EXPECT_EQ(to_rfc3339(kMoment + microseconds(123456)), "2026-11-23T15:37:05.123456Z");
  EXPECT_EQ(to_rfc3339(kMoment + microseconds(7)), "2026-11-23T15:37:05.000007Z");
  EXPECT_EQ(to_rfc3339(kMoment), "2026-11-23T15:37:05.000000Z");
}

TEST(Clock, FormatsWholeSecondsWithoutRounding) {
  EXPECT_EQ(to_rfc3339_seconds(kMoment + microseconds(999999)), "2026-11-23T15:37:05Z");
}

TEST(Clock, ReadsWhatItFormats) {
  for (const Timestamp time :
       {Timestamp{}, Timestamp(microseconds(1)), kMoment, kMoment + microseconds(999999),
        Timestamp(sys_days(year(2024) / 2 / 29)), Timestamp(sys_days(year(2000) / 2 / 29)),
        Timestamp(sys_days(year(1969) / 12 / 31)) + microseconds(5),
        Timestamp(sys_days(year(2026) / 12 / 31)) + std::chrono::hours(24) - microseconds(1),
        Timestamp(sys_days(year(9999) / 12 / 31))}) {
    EXPECT_EQ(from_rfc3339(to_rfc3339(time)), time) << to_rfc3339(time);
    EXPECT_EQ(from_rfc3339(to_rfc3339_seconds(time)),
              std::chrono::floor<std::chrono::seconds>(time));
  }
}

TEST(Clock, ReadsFractionsOfAnyLengthToTheMicrosecond) {
  const std::vector<std::pair<std::string, int>> fractions{
      {"5", 500000},      {"05", 50000},       {"123", 123000},
      {"123456", 123456}, {"1234569", 123456}, {"000000999999999", 0}};
  for (const auto& [digits, micros] : fractions) {
    EXPECT_EQ(from_rfc3339("2026-11-23T15:37:05." + digits + "Z"), kMoment + microseconds(micros))
        << digits;
  }
}

TEST(Clock, TakesALeapSecondForTheNextMinute) {
  EXPECT_EQ(from_rfc3339("2016-12-31T23:59:60Z"), Timestamp(sys_days(year(2017) / 1 / 1)));
}

class NoTime : public testing::TestWithParam<const char*> {};

TEST_P(NoTime, IsRefused) {
  EXPECT_THROW(from_rfc3339(GetParam()), std::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(
    EveryWrongForm, NoTime,
    testing::Values("", "Z", "now", "2026-11-23", "15:37:05Z", "2026-11-23T15:37:05",
                    "2026-11-23T15:37Z", "2026-11-23 15:37:05Z", "2026-11-23t15:37:05Z",
                    "2026-11-23T15:37:05z", "2026-11-23T15:37:05+00:00", "2026-11-23T15:37:05.Z",
                    "2026-11-23T15:37:05,5Z", "2026-11-23T15:37:05.5", "2026-11-23T15:37:05ZZ",
                    "2026-11-23T15:37:05Z ", " 2026-11-23T15:37:05Z", "2026/11/23T15:37:05Z",
                    "2026-11-23T15.37.05Z", "2026-13-23T15:37:05Z", "2026-00-23T15:37:05Z",
                    "2026-11-31T15:37:05Z", "2026-11-00T15:37:05Z", "2026-02-29T15:37:05Z",
                    "2100-02-29T15:37:05Z", "2026-11-23T24:00:00Z", "2026-11-23T15:60:05Z",
                    "2026-11-23T15:37:61Z", "2026-11-23T-1:37:05Z", "-026-11-23T15:37:05Z",
                    "+026-11-23T15:37:05Z", "202x-11-23T15:37:05Z", "2026-1x-23T15:37:05Z",
                    "2026-11-2xT15:37:05Z", "2026-11-23T1x:37:05Z", "2026-11-23T15:3xZ7:05Z",
                    "2026-11-23T15:37:0xZ", "2026-11-23T15:37:05.x5Z", "2026-11-23T15:37:05.5xZ",
                    "2026-11-23T15:37:05.-5Z", "2026-11-23T15:37:05.123456xZ",
                    "2026-11-23T15:37:05.123456 Z", "2026-11-23T15:37:05.1234567-Z",
                    "9999-12-31T23:59:60Z"));

TEST(Clock, NamesTheTextThatIsNoTime) {
  try {
    from_rfc3339("yesterday at noon, sharp Z");
    FAIL() << "it was taken for a time";
  } catch (const std::invalid_argument& error) {
    EXPECT_EQ(std::string(error.what()), "not a time: yesterday at noon, sharp Z");
  }
}

TEST(SystemClock, GoesWithTheMachine) {
  const auto before = std::chrono::floor<microseconds>(std::chrono::system_clock::now());
  const Timestamp now = SystemClock().now();
  EXPECT_GE(now, before);
  EXPECT_LE(now, std::chrono::system_clock::now());
}

}  // namespace
}  // namespace hookspool
