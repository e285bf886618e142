#include "strava_sim/local_time.h"

#include <gtest/gtest.h>

namespace hookspool::strava_sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr TimeZone kNewYork{"America/New_York", hours(-5), DaylightSaving::kNorthAmerica};
constexpr TimeZone kZurich{"Europe/Zurich", hours(1), DaylightSaving::kEurope};
constexpr TimeZone kKathmandu{"Asia/Katmandu", hours(5) + minutes(45)};

TEST(LocalTime, ChangesToSummerTimeInTheRightHour) {
  struct Case {
    TimeZone zone;
    const char* time;
    minutes offset;
  };
  const Case cases[] = {
      {kNewYork, "2026-03-08T06:59:59Z", hours(-5)},
      {kNewYork, "2026-03-08T07:00:00Z", hours(-4)},
      {kNewYork, "2026-11-01T05:59:59Z", hours(-4)},
      {kNewYork, "2026-11-01T06:00:00Z", hours(-5)},
      {kZurich, "2026-03-29T00:59:59Z", hours(1)},
      {kZurich, "2026-03-29T01:00:00Z", hours(2)},
      {kZurich, "2026-10-25T01:00:00Z", hours(1)},
      {kKathmandu, "2026-07-01T00:00:00Z", minutes(345)},
  };
  for (const Case& expected : cases) {
    EXPECT_EQ(expected.zone.offset_at(*parse_iso8601(expected.time)), expected.offset)
        << expected.zone.name << " " << expected.time;
  }
}

TEST(LocalTime, LabelsWithTheStandardOffset) {
  EXPECT_EQ(kNewYork.label(), "(GMT-05:00) America/New_York");
  EXPECT_EQ(kKathmandu.label(), "(GMT+05:45) Asia/Katmandu");
}

TEST(LocalTime, ReadsWhatItWrites) {
  const auto time = parse_iso8601("2026-10-08T06:30:07Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(iso8601(*time), "2026-10-08T06:30:07Z");
}

TEST(LocalTime, RefusesWhatIsNoTime) {
  for (const char* text : {"", "yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                           "2026-10-08T25:00:00Z", "2026-10-08T06:30:00"}) {
    EXPECT_FALSE(parse_iso8601(text)) << text;
  }
}

}  // namespace
}  // namespace hookspool::strava_sim
