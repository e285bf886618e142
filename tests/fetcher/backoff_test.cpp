#include "fetcher/backoff.h"

#include <gtest/gtest.h>

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesFromHalfAMinuteToSixHours) {
  EXPECT_EQ(backoff_after(0, 0), 30s);
  EXPECT_EQ(backoff_after(1, 0), 1min);
  EXPECT_EQ(backoff_after(2, 0), 2min);
  EXPECT_EQ(backoff_after(9, 0), 256min);
  EXPECT_EQ(backoff_after(10, 0), 6h);
  EXPECT_EQ(backoff_after(1'000'000, 0), 6h);
}

TEST(Backoff, IsShortenedByAQuarterAtMost) {
  EXPECT_EQ(backoff_after(3, 1), 3min);
  EXPECT_EQ(backoff_after(3, 0.5), 3min + 30s);
  EXPECT_EQ(backoff_after(20, 1), 4h + 30min);
}

TEST(Backoff, LooksSoonForWhatStravaAnnouncedAndDoesNotShow) {
  EXPECT_EQ(backoff_until_visible(0), 5s);
  EXPECT_EQ(backoff_until_visible(1), 25s);
}

TEST(Backoff, LooksForItNoMoreThanSixTimesInAnHour) {
  std::chrono::seconds waited{0};
  for (int attempts = 0; attempts < 4; ++attempts) waited += backoff_until_visible(attempts);
  EXPECT_LT(waited, 1h);
  EXPECT_GT(waited + backoff_until_visible(4), 1h);
}

TEST(Backoff, TriesAConsumerSoonAgain) {
  EXPECT_EQ(backoff_until_heard(0, 0), 5s);
  EXPECT_EQ(backoff_until_heard(1, 0), 15s);
  EXPECT_EQ(backoff_until_heard(2, 0), 1min);
  EXPECT_EQ(backoff_until_heard(3, 0), 30s);
  EXPECT_EQ(backoff_until_heard(4, 0), 1min);
}

}  // namespace
}  // namespace hookspool::fetcher
