#include "ctl/progress_line.h"

#include <gtest/gtest.h>

namespace hookspool::ctl {
namespace {

using namespace std::chrono_literals;

TEST(ProgressLine, TellsHowFarItIsAndForHowLongItWillGoOn) {
  EXPECT_EQ(ProgressLine::text(0, 0, 0s, ""), "0 of 0");
  EXPECT_EQ(ProgressLine::text(340, 5000, 204s, ""), "340 of 5000, 100/min, 47 min left");
  EXPECT_EQ(ProgressLine::text(10, 5000, 3600s, "the rate limit"),
            "10 of 5000, 0/min, 21 days left; waits for the rate limit");
  EXPECT_EQ(ProgressLine::text(5, 5, 5s, ""), "5 of 5, 60/min");
}

}  // namespace
}  // namespace hookspool::ctl
