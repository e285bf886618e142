#include "ctl/progress_line.h"

#include <gtest/gtest.h>

namespace hookspool::ctl {
namespace {

using namespace std::chrono_literals;

Progress progress(std::int64_t done, std::int64_t total) {
  Progress progress;
  progress.done = done;
  progress.total = total;
  return progress;
}

TEST(ProgressLine, TellsHowFarItIsAndForHowLongItWillGoOn) {
  EXPECT_EQ(ProgressLine::text(progress(0, 0), {}), "0 of 0");
  Progress half = progress(340, 5000);
  half.left = 47min - 10s;
  EXPECT_EQ(ProgressLine::text(half, 100), "340 of 5000; 100/min, 47 min left");
  half.waits = "waits until 22:30 UTC (rate limit)";
  half.left = 24h * 20 + 1h;
  EXPECT_EQ(ProgressLine::text(half, 0.17),
            "340 of 5000; waits until 22:30 UTC (rate limit); 0.2/min, 21 days left");
  Progress whole = progress(5, 5);
  whole.left = 0s;
  EXPECT_EQ(ProgressLine::text(whole, 60), "5 of 5; 60/min");
}

TEST(ProgressLine, OwnsThatTheEndIsNotKnown) {
  Progress listed = progress(412, 412);
  listed.is_total_known = false;
  EXPECT_EQ(ProgressLine::text(listed, {}), "412 so far");
  EXPECT_EQ(ProgressLine::line(listed, {}, 80), "412 so far") << "no bar";
  listed.done = 3;
  EXPECT_EQ(ProgressLine::text(listed, {}), "3 of at least 412");
}

TEST(ProgressLine, ShowsWhatItWaitsForOnNarrowTerminals) {
  Progress long_one = progress(12'340, 15'000);
  EXPECT_EQ(ProgressLine::line(long_one, {}, 79), "[###################.....] 12340 of 15000");
  long_one.waits = "waits until 22:30 UTC (rate limit)";
  long_one.left = 24h * 12;
  EXPECT_EQ(ProgressLine::line(long_one, 6.7, 79),
            "12340 of 15000; waits until 22:30 UTC (rate limit); 6.7/min, 12 days left");
  EXPECT_EQ(ProgressLine::line(long_one, 6.7, 50),
            "12340 of 15000; waits until 22:30 UTC (rate limit)");
  EXPECT_EQ(ProgressLine::line(progress(1, 2), {}, 20), "[#####......] 1 of 2");
}

}  // namespace
}  // namespace hookspool::ctl
