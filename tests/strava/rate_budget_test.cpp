#include "strava/rate_budget.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hookspool::strava {
namespace {

using namespace std::chrono_literals;

Timestamp at(const std::string& text) {
  return from_rfc3339("2026-11-23T" + text + "Z");
}

RateLimits said(std::int64_t read_quarter, std::int64_t read_day) {
  return {RateLimit{{200, read_quarter}, {2000, read_day}},
          RateLimit{{100, read_quarter}, {1000, read_day}}};
}

class RateBudgetTest : public testing::Test {
 protected:
  RateBudgetTest() { budget_.turn(now_); }

  void go_to(Timestamp now) {
    now_ = now;
    budget_.turn(now_);
  }
  RateBudget::Ticket take() { return budget_.take(now_); }
  void take(int count) {
    for (int i = 0; i < count; ++i) take();
  }
  std::int64_t payable(double reserve = 0) const { return budget_.payable(now_, reserve); }

  Timestamp now_ = at("12:00:10");
  RateBudget budget_;
};

TEST_F(RateBudgetTest, SupposesStravasDocumentedLimitsAtFirst) {
  EXPECT_EQ(payable(), 100);
}

TEST_F(RateBudgetTest, CountsByItselfWhereAnswersSayNothing) {
  for (int i = 0; i < 100; ++i) budget_.answered(take(), {});
  EXPECT_EQ(payable(), 0);
  EXPECT_EQ(budget_.payable_at(now_, 0), at("12:15:05")) << "a little late, for the clocks' sake";
  go_to(at("12:15:05"));
  EXPECT_EQ(payable(), 100);
}

/// For Strava it is still the same quarter of an hour, and the same day.
TEST_F(RateBudgetTest, KeepsItsCountsWhenTheClockIsSetBackAndWaitsForTheTurnThatItSaysNow) {
  take(100);
  go_to(at("10:00:10"));
  EXPECT_EQ(payable(), 0);
  EXPECT_EQ(budget_.payable_at(now_, 0), at("10:15:05"));
  go_to(from_rfc3339("2026-11-20T10:00:10Z"));
  EXPECT_EQ(budget_.day().turns, from_rfc3339("2026-11-21T00:00:00Z"));
  EXPECT_EQ(budget_.day().read.used, 100);
}

/// As a clock does that is kept right.
TEST_F(RateBudgetTest, TakesNoSmallStepForAnotherWindow) {
  take(100);
  go_to(at("12:15:05"));
  take(60);
  go_to(at("12:14:59"));
  EXPECT_EQ(payable(), 40);
}

TEST_F(RateBudgetTest, LearnsTheLimitsFromTheAnswers) {
  budget_.answered(take(), {RateLimit{{600, 1}, {30000, 1}}, RateLimit{{300, 1}, {15000, 1}}});
  EXPECT_EQ(payable(), 299);
}

TEST_F(RateBudgetTest, KnowsThatRequestsUnderWayAreNotInAnAnswer) {
  const auto first = take();
  take(4);
  budget_.answered(first, said(1, 1));
  EXPECT_EQ(payable(), 95);
}

TEST_F(RateBudgetTest, LearnsOfRequestsThatOthersMade) {
  budget_.answered(take(), said(60, 700));
  EXPECT_EQ(payable(), 40);
  budget_.answered(take(), said(61, 995));
  EXPECT_EQ(payable(), 5);
}

TEST_F(RateBudgetTest, SupposesTheWorstWhileItsOwnAreUnderWayBesideThoseOfOthers) {
  const auto first = take();
  take(4);
  budget_.answered(first, said(60, 60));
  EXPECT_EQ(payable(), 36) << "four are under way, and none of them need be among the sixty";
}

TEST_F(RateBudgetTest, CountsNothingTwiceWhenAnswersComeOutOfOrder) {
  const auto first = take();
  const auto second = take();
  budget_.answered(second, said(2, 2));
  budget_.answered(first, said(1, 1));
  EXPECT_EQ(payable(), 98);
}

TEST_F(RateBudgetTest, GetsBackWhatNeverReachedStrava) {
  for (int i = 0; i < 10; ++i) budget_.answered(take(), {});  // no answer: perhaps it counted
  EXPECT_EQ(payable(), 90);
  budget_.answered(take(), said(1, 1));
  EXPECT_EQ(payable(), 99);
}

TEST_F(RateBudgetTest, GivesBackWhatWasNotSent) {
  budget_.give_back(take());
  EXPECT_EQ(payable(), 100);
}

/// While Strava's clock may show the next window already they count in both.
TEST_F(RateBudgetTest, GivesBackWhatWasNotSentJustBehindATurn) {
  go_to(at("12:15:02"));
  budget_.give_back(take());
  const auto kept = take();
  go_to(at("12:15:05"));
  EXPECT_EQ(payable(), 99);
  budget_.give_back(kept);
  EXPECT_EQ(payable(), 100);
}

TEST_F(RateBudgetTest, WaitsForMidnightWhenTheDayIsUsedUp) {
  budget_.answered(take(), said(1, 1000));
  EXPECT_EQ(payable(), 0);
  EXPECT_EQ(budget_.payable_at(now_, 0), from_rfc3339("2026-11-24T00:00:05Z"));
}

TEST_F(RateBudgetTest, HoldsTheSmallerOfTheTwoCounters) {
  budget_.answered(take(), {RateLimit{{200, 198}, {2000, 198}}, RateLimit{{100, 1}, {1000, 1}}});
  EXPECT_EQ(payable(), 2);
}

TEST_F(RateBudgetTest, SendsNothingMoreInTheWindowAfterARefusal) {
  budget_.refused({});
  EXPECT_EQ(payable(), 0);
  EXPECT_EQ(budget_.payable_at(now_, 0), at("12:15:05"));
}

TEST_F(RateBudgetTest, SendsNothingMoreInTheDayAfterARefusalForTheDay) {
  budget_.refused(said(20, 1003));
  go_to(at("12:15:05"));
  EXPECT_EQ(payable(), 0);
}

/// What is taken in the first seconds of a window may be of either, by Strava's clock.
TEST_F(RateBudgetTest, CountsRequestsAroundTheTurnInBothWindows) {
  take(50);
  go_to(at("12:15:02"));
  take(10);
  EXPECT_EQ(payable(), 40);
  go_to(at("12:15:05"));
  EXPECT_EQ(payable(), 90);
}

TEST_F(RateBudgetTest, CountsThemOnlyInTheWindowThatFollows) {
  go_to(at("12:15:02"));
  take(10);
  go_to(at("15:07:00"));
  EXPECT_EQ(payable(), 100);
}

TEST_F(RateBudgetTest, DoesNotTakeAnAnswerOfTheWindowBeforeForOneOfThis) {
  const auto old = take();
  go_to(at("12:15:05"));
  budget_.answered(old, said(100, 100));
  EXPECT_EQ(payable(), 100);
}

TEST_F(RateBudgetTest, KeepsAReserveThatMeltsUntilTheTurn) {
  go_to(at("12:15:05"));
  go_to(at("12:22:30"));
  EXPECT_EQ(budget_.payable(now_, 0.5), 75) << "half of the half, in the middle of the window";
  EXPECT_EQ(payable(), 100);
  take(75);
  EXPECT_EQ(budget_.payable(now_, 0.5), 0);
  const Timestamp next = budget_.payable_at(now_, 0.5);
  EXPECT_GT(next, now_);
  EXPECT_LT(next, now_ + 20s);
  EXPECT_EQ(budget_.payable(next, 0.5), 1);
}

TEST_F(RateBudgetTest, LeavesNothingOverAtTheEndOfTheWindow) {
  const double reserve = 0.2;
  int sent = 0;
  Timestamp next = now_;
  while ((next = budget_.payable_at(now_, reserve)) < at("12:15:00")) {
    now_ = next;
    take();
    ++sent;
  }
  EXPECT_EQ(sent, 100);
}

/// Nothing would be sent any more, and so no answer could ever tell of another limit.
TEST_F(RateBudgetTest, TakesALimitOfNothingForNone) {
  budget_.answered(take(), {RateLimit{{0, 0}, {0, 0}}, RateLimit{{0, 0}, {0, 0}}});
  EXPECT_EQ(payable(), 99);
  budget_.answered(take(), {RateLimit{{0, 7}, {2000, 2}}, RateLimit{{0, 7}, {40, 2}}});
  EXPECT_EQ(payable(), 38) << "each window by itself";
}

TEST_F(RateBudgetTest, SupposesTheDocumentedLimitsWhereNothingWasKept) {
  RateWindow quarter_hour = budget_.quarter_hour();
  RateWindow day = budget_.day();
  quarter_hour.read.limit = 0;
  day.overall.limit = -1;
  EXPECT_EQ(RateBudget(quarter_hour, day).payable(now_, 0), 100);
}

TEST_F(RateBudgetTest, DoesNotTakeADayOfNothingForOneThatIsUsedUp) {
  budget_.refused({RateLimit{{200, 200}, {0, 0}}, std::nullopt});
  go_to(at("12:15:05"));
  EXPECT_EQ(payable(), 100);
}

TEST_F(RateBudgetTest, WithstandsLimitsOfEverything) {
  const std::int64_t most = INT64_MAX / 2;
  budget_.answered(take(), {RateLimit{{most, 1}, {most, 1}}, RateLimit{{most, 1}, {most, 1}}});
  EXPECT_GT(payable(), 1'000'000);
}

TEST_F(RateBudgetTest, ForeseesWhenManyRequestsArePaid) {
  EXPECT_EQ(budget_.paid_at(now_, 0, 0), now_);
  EXPECT_EQ(budget_.paid_at(now_, 0, 100), now_);
  EXPECT_EQ(budget_.paid_at(now_, 0, 101), at("12:15:05"));
  EXPECT_EQ(budget_.paid_at(now_, 0, 1000), at("14:15:05"));
  EXPECT_EQ(budget_.paid_at(now_, 0, 1001), at("12:00:05") + 12h) << "the day's are used up";
  EXPECT_EQ(payable(), 100) << "nothing was taken";
}

TEST_F(RateBudgetTest, ForeseesThatTheReserveMelts) {
  take(80);
  const auto paid = budget_.paid_at(now_, 0.2, 10);
  ASSERT_TRUE(paid);
  EXPECT_GT(*paid, at("12:06:30"));
  EXPECT_LT(*paid, at("12:07:00"));
}

TEST_F(RateBudgetTest, ForeseesNothingThatIsMoreThanAYearAway) {
  constexpr std::int64_t kADay = 1000;  // as documented, which nobody has told otherwise
  EXPECT_TRUE(budget_.paid_at(now_, 0, 364 * kADay));
  EXPECT_FALSE(budget_.paid_at(now_, 0, 367 * kADay));
}

}  // namespace
}  // namespace hookspool::strava
