#include "strava/rate_limits.h"

#include <gtest/gtest.h>

#include <string>

namespace hookspool::strava {
namespace {

Timestamp at(const std::string& text) {
  return from_rfc3339("2026-11-23T" + text + "Z");
}

RateLimits read_limits(Allowance quarter_hour, Allowance day) {
  return {std::nullopt, RateLimit{quarter_hour, day}};
}

TEST(RateLimits, AreReadFromHeadersInAnyCase) {
  const RateLimits limits = parse_rate_limits({{"x-ratelimit-limit", "200,2000"},
                                               {"X-Ratelimit-Usage", "5,148"},
                                               {"X-ReadRateLimit-Limit", "100,1000"},
                                               {"X-READRATELIMIT-USAGE", "4, 147"}});
  EXPECT_EQ(limits.overall, (RateLimit{{200, 5}, {2000, 148}}));
  EXPECT_EQ(limits.read, (RateLimit{{100, 4}, {1000, 147}}));
}

TEST(RateLimits, AreMissingWhereTheHeadersAre) {
  EXPECT_EQ(parse_rate_limits({}), RateLimits{});
  const RateLimits limits =
      parse_rate_limits({{"X-RateLimit-Limit", "200,2000"}, {"X-RateLimit-Usage", "5,148"}});
  EXPECT_TRUE(limits.overall);
  EXPECT_FALSE(limits.read);
}

TEST(RateLimits, AreMissingWhereTheHeadersMakeNoSense) {
  for (const char* usage :
       {"", "5", "5,", ",148", "five,148", "-5,148", "5,148,3", "99999999999999999999,1",
        "9223372036854775807,1", "1000000000001,1", "5;148"}) {
    const RateLimits limits =
        parse_rate_limits({{"X-RateLimit-Limit", "200,2000"}, {"X-RateLimit-Usage", usage}});
    EXPECT_FALSE(limits.overall) << usage;
  }
}

TEST(RateLimits, TurnWithTheQuarterOfAnHour) {
  EXPECT_EQ(next_quarter_hour(at("15:37:05.123456")), at("15:45:00"));
  EXPECT_EQ(next_quarter_hour(at("15:45:00")), at("16:00:00"));
  EXPECT_EQ(next_quarter_hour(at("15:59:59.999999")), at("16:00:00"));
  EXPECT_EQ(next_quarter_hour(at("23:45:01")), from_rfc3339("2026-11-24T00:00:00Z"));
}

TEST(RateLimits, TurnWithTheDayAtMidnightUtc) {
  EXPECT_EQ(next_utc_midnight(at("00:00:00")), from_rfc3339("2026-11-24T00:00:00Z"));
  EXPECT_EQ(next_utc_midnight(at("23:59:59.5")), from_rfc3339("2026-11-24T00:00:00Z"));
}

TEST(RateLimits, AllowTheNextRequestAFewSecondsAfterTheQuarterTurns) {
  const Timestamp next =
      retry_after_rate_limit(read_limits({100, 101}, {1000, 500}), at("15:37:05"));
  EXPECT_EQ(next, at("15:45:05"));
}

TEST(RateLimits, AllowTheNextRequestAfterMidnightOnceADayIsUsedUp) {
  const Timestamp midnight = from_rfc3339("2026-11-24T00:00:05Z");
  EXPECT_EQ(retry_after_rate_limit(read_limits({100, 3}, {1000, 1000}), at("15:37:05")), midnight);
  const RateLimits overall{RateLimit{{200, 3}, {2000, 2001}}, RateLimit{{100, 3}, {1000, 9}}};
  EXPECT_EQ(retry_after_rate_limit(overall, at("15:37:05")), midnight);
}

TEST(RateLimits, AllowTheNextRequestWithTheNextQuarterWhereADayHasNoLimit) {
  EXPECT_EQ(retry_after_rate_limit(read_limits({100, 100}, {0, 0}), at("15:37:05")),
            at("15:45:05"));
}

TEST(RateLimits, AllowTheNextRequestWithTheNextQuarterWhereNothingIsKnown) {
  EXPECT_EQ(retry_after_rate_limit({}, at("15:37:05")), at("15:45:05"));
}

}  // namespace
}  // namespace hookspool::strava
