#include "ctl/clock_text.h"

#include <gtest/gtest.h>

namespace hookspool::ctl {
namespace {

TEST(ClockText, SaysAsMuchAsIsNeeded) {
  const Timestamp now = from_rfc3339("2026-11-23T22:15:30Z");
  EXPECT_EQ(clock_text(from_rfc3339("2026-11-23T22:30:05Z"), now), "22:30 UTC");
  EXPECT_EQ(clock_text(from_rfc3339("2026-11-23T22:15:42Z"), now), "22:15:42 UTC");
  EXPECT_EQ(clock_text(from_rfc3339("2026-11-24T22:15:29Z"), now), "22:15 UTC");
  EXPECT_EQ(clock_text(from_rfc3339("2026-11-24T22:15:30Z"), now), "2026-11-24 22:15 UTC");
}

}  // namespace
}  // namespace hookspool::ctl
