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
  EXPECT_EQ(backoff_until_visible(-5s), 5s);
  EXPECT_EQ(backoff_until_visible(0s), 5s);
  EXPECT_EQ(backoff_until_visible(4s), 5s);
  EXPECT_EQ(backoff_until_visible(5s), 25s);
}

TEST(Backoff, LooksForItNoMoreThanSixTimesInAnHour) {
  for (const std::chrono::seconds first : {0s, 4s, 10s, 100s}) {
    std::chrono::seconds since = first;
    for (int looks = 1; looks < 6; ++looks) since += backoff_until_visible(since);
    EXPECT_GT(since, 1h) << first.count();
  }
  EXPECT_EQ(backoff_until_visible(2h), 45min);
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
