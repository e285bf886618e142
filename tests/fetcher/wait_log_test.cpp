#include "fetcher/wait_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/fake_clock.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using Cause = Wait::Cause;
using store::Lane;
using testing::HasSubstr;

class WaitLogTest : public testing::Test {
 protected:
  /// What the log is told while a lane's due job waits for so long.
  std::string note(std::chrono::seconds length, Cause cause = Cause::kReserve,
                   const std::string& reason = "", Lane lane = Lane::kBackfill) {
    const Timestamp now = clock_.now();
    return note(Wait{lane, now - 1h, now + length, cause, reason});
  }
  std::string note(const Wait& wait) {
    testing::internal::CaptureStderr();
    log_.note({wait}, clock_.now());
    return testing::internal::GetCapturedStderr();
  }

  test::FakeClock clock_;
  WaitLog log_;
};

TEST_F(WaitLogTest, TellsOnceForEachQuarterOfAnHour) {
  EXPECT_THAT(note(45s),
              HasSubstr("info: due jobs wait: backfill until 2026-11-23T00:00:45Z for the rate "
                        "limit, the rest of which is kept for fresh events\n"));
  clock_.advance(50s);
  EXPECT_EQ(note(40s), "");
  clock_.advance(13min);
  EXPECT_EQ(note(75s, Cause::kRateLimit), "") << "at the end of the same window";
  clock_.advance(75s);
  EXPECT_NE(note(45s), "");
}

TEST_F(WaitLogTest, TellsOnceForALongerWait) {
  EXPECT_NE(note(10h, Cause::kRateLimit), "");
  clock_.advance(9h);
  EXPECT_EQ(note(1h, Cause::kRateLimit), "");
  clock_.advance(1h);
  EXPECT_NE(note(45s), "");
}

TEST_F(WaitLogTest, TellsOfEachLane) {
  EXPECT_NE(note(45s), "");
  EXPECT_NE(note(5min, Cause::kRateLimit, "", Lane::kFresh), "");
  EXPECT_EQ(note(5min, Cause::kRateLimit, "", Lane::kFresh), "");
}

TEST_F(WaitLogTest, TellsNothingOfShortWaitsNorOfOtherReasons) {
  EXPECT_EQ(note(9s), "");
  EXPECT_EQ(note(5min, Cause::kNotDue), "");
  EXPECT_EQ(note(5min, Cause::kOutage, "Strava is out"), "");
  EXPECT_EQ(note(5min, Cause::kRateLimit, "Strava's rate limit is used up"), "")
      << "of a pause the gate tells";
  const Timestamp now = clock_.now();
  EXPECT_EQ(note(Wait{Lane::kRetry, now + 1min, now + 5min, Cause::kRateLimit, ""}), "")
      << "it is not due yet";
}

TEST_F(WaitLogTest, TellsAgainAfterTheClockWasSetBack) {
  EXPECT_NE(note(45s), "");
  clock_.advance(-1h);
  EXPECT_NE(note(45s), "");
}

}  // namespace
}  // namespace hookspool::fetcher
