#include "fetcher/gate.h"

#include <gtest/gtest.h>

#include "store/pause.h"
#include "store/rate_usage.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using strava::RateLimit;
using strava::RateLimits;

class GateTest : public testing::Test {
 protected:
  GateTest() { clock_.advance(7min); }

  test::TemporaryStore store_;
  test::FakeClock clock_;
  const Timestamp midnight_ = std::chrono::floor<std::chrono::days>(clock_.now());
  Gate gate_{store_.database(), clock_};
};

TEST_F(GateTest, IsOpenAtFirst) {
  EXPECT_FALSE(gate_.closed_until());
}

TEST_F(GateTest, IsClosedForEveryProcess) {
  gate_.close("the application is inactive", clock_.now() + 15min);

  store::Database database(store_.url());
  Gate other(database, clock_);
  EXPECT_EQ(other.closed_until(), clock_.now() + 15min);

  clock_.advance(15min);
  EXPECT_FALSE(other.closed_until());
}

TEST_F(GateTest, StaysOpenWhileTheAllowanceLasts) {
  gate_.heed({RateLimit{{200, 199}, {2000, 1999}}, RateLimit{{100, 99}, {1000, 999}}});
  gate_.heed({});

  EXPECT_FALSE(gate_.closed_until());
}

TEST_F(GateTest, IsClosedUntilTheQuarterOfAnHourTurns) {
  for (const RateLimits& limits :
       {RateLimits{RateLimit{{200, 200}, {2000, 200}}, std::nullopt},
        RateLimits{RateLimit{{200, 100}, {2000, 200}}, RateLimit{{100, 100}, {1000, 100}}}}) {
    store::Pause(store_.database()).forget_past(clock_.now() + 48h);
    gate_.heed(limits);
    ASSERT_TRUE(gate_.closed_until());
    EXPECT_GE(*gate_.closed_until(), midnight_ + 15min);
    EXPECT_LT(*gate_.closed_until(), midnight_ + 16min);
  }
}

TEST_F(GateTest, IsClosedUntilTheDayTurns) {
  gate_.heed({std::nullopt, RateLimit{{100, 10}, {1000, 1000}}});

  ASSERT_TRUE(gate_.closed_until());
  EXPECT_GE(*gate_.closed_until(), midnight_ + 24h);
  EXPECT_LT(*gate_.closed_until(), midnight_ + 24h + 1min);
}

TEST_F(GateTest, ForgetsWhatIsOverWhenStravaAnswers) {
  gate_.close("the application is inactive", clock_.now() + 15min);
  clock_.advance(1h);
  gate_.passed();
  gate_.close("the application is inactive", clock_.now() + 15min);

  EXPECT_EQ(store::Pause(store_.database()).current(clock_.now())->since, clock_.now());
}

TEST_F(GateTest, StaysClosedThoughAnAnswerWasStillUnderWay) {
  gate_.close("Strava's rate limit is used up", clock_.now() + 15min);
  gate_.passed();

  EXPECT_TRUE(gate_.closed_until());
}

TEST_F(GateTest, RecordsWhatAnAnswerSaidForEverybody) {
  gate_.heed({RateLimit{{200, 7}, {2000, 70}}, RateLimit{{100, 5}, {1000, 50}}});
  gate_.heed({});
  gate_.record();
  gate_.record();

  const auto seen = store::RateUsage(store_.database()).list();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].counter, "overall");
  EXPECT_EQ(seen[0].quarter_hour_used, 7);
  EXPECT_EQ(seen[1].day_limit, 1000);
  EXPECT_EQ(seen[1].seen, clock_.now());
}

}  // namespace
}  // namespace hookspool::fetcher
