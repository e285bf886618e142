#include "fetcher/waits.h"

#include <gtest/gtest.h>

#include <utility>

#include "store/athletes.h"
#include "store/jobs.h"
#include "store/pause.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using Cause = Wait::Cause;
using store::Lane;

constexpr event::AthleteId kAthlete{134815};

class WaitsTest : public testing::Test {
 protected:
  void add_job(Lane lane, std::int64_t object, std::chrono::seconds due = 0s) {
    store::Jobs::Order order;
    order.lane = lane;
    order.object_id = object;
    order.athlete = kAthlete;
    store::Jobs(store_.database()).add(order, start_ + due);
  }
  void spend(int requests) {
    for (int i = 0; i < requests; ++i) budget_.take();
  }
  void pause(store::PauseState::Kind kind, std::chrono::seconds length) {
    store::Pause(store_.database())
        .set(kind, "as Strava said", clock_.now(), clock_.now() + length);
  }
  void expect(Lane lane, Cause cause, std::chrono::seconds until) {
    const auto wait = waits_.of(lane);
    ASSERT_TRUE(wait);
    EXPECT_EQ(wait->cause, cause) << name_of(wait->cause);
    EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(wait->until - start_), until);
  }

  test::TemporaryStore store_;
  test::FakeClock clock_;
  const Timestamp start_ = clock_.now();
  Budget budget_{store_.database(), clock_, 0.2};
  Waits waits_{store_.database(), clock_, budget_};
};

TEST_F(WaitsTest, AreNoneWithoutJobs) {
  spend(100);
  EXPECT_TRUE(waits_.list().empty());
  EXPECT_FALSE(first_end({}));
}

TEST_F(WaitsTest, AreForNothingWhereAJobCanBeBegun) {
  add_job(Lane::kBackfill, 1);
  clock_.advance(1min);
  expect(Lane::kBackfill, Cause::kNone, 1min);
  EXPECT_TRUE(waits_.held_back().empty());
}

TEST_F(WaitsTest, AreForTheDueTime) {
  add_job(Lane::kSettle, 1, 5min);
  expect(Lane::kSettle, Cause::kNotDue, 5min);
  EXPECT_TRUE(waits_.held_back().empty());
}

TEST_F(WaitsTest, AreForTheReserveWhereFreshEventsCouldStillBePaid) {
  add_job(Lane::kFresh, 1);
  add_job(Lane::kBackfill, 2);
  spend(90);
  expect(Lane::kFresh, Cause::kNone, 0s);
  expect(Lane::kBackfill, Cause::kReserve, 7min + 30s);
  EXPECT_EQ(waits_.held_back().size(), 1U);
  EXPECT_EQ(first_end(waits_.list()), start_);
}

TEST_F(WaitsTest, AreForTheRateLimitOnceItIsSpent) {
  add_job(Lane::kFresh, 1);
  spend(100);
  expect(Lane::kFresh, Cause::kRateLimit, 15min + 5s);
}

TEST_F(WaitsTest, AreForTheDueTimeWhereThatIsLaterThanTheRateLimit) {
  add_job(Lane::kRetry, 1, 1h);
  spend(100);
  expect(Lane::kRetry, Cause::kNotDue, 1h);
}

TEST_F(WaitsTest, AreForAPauseUnlessTheRateLimitTakesLonger) {
  add_job(Lane::kFresh, 1);
  pause(store::PauseState::Kind::kApplication, 10min);
  expect(Lane::kFresh, Cause::kApplication, 10min);
  EXPECT_EQ(waits_.of(Lane::kFresh)->reason, "as Strava said");
  spend(100);
  expect(Lane::kFresh, Cause::kRateLimit, 15min + 5s);
}

/// A request finds out then.
TEST_F(WaitsTest, AreForAPauseOnlyUntilItsTime) {
  add_job(Lane::kFresh, 1);
  pause(store::PauseState::Kind::kOutage, 30s);
  expect(Lane::kFresh, Cause::kOutage, 30s);
  clock_.advance(30s);
  expect(Lane::kFresh, Cause::kNone, 30s);
}

TEST_F(WaitsTest, LeaveOutStoppedAthletes) {
  store::Athlete athlete;
  athlete.id = kAthlete;
  store::Athletes athletes(store_.database());
  athletes.put(athlete, start_);
  add_job(Lane::kFresh, 1);
  athletes.stop(kAthlete, "the grant is dead");
  EXPECT_TRUE(waits_.list().empty());
}

TEST_F(WaitsTest, TellSinceWhenAJobCouldHaveBeenBegun) {
  add_job(Lane::kBackfill, 1);
  const auto free_since = [this] {
    return waits_.free_since(*waits_.of(Lane::kBackfill)) - start_;
  };
  clock_.advance(1min);
  EXPECT_EQ(free_since(), 0s) << "since it is due";

  spend(100);
  clock_.advance(2h);
  EXPECT_EQ(free_since(), 15min + 5s) << "since the window turned";

  spend(85);
  clock_.set(start_ + 2h + 10min);
  EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(free_since()), 2h + 3min + 45s)
      << "since so much of the reserve had melted";

  pause(store::PauseState::Kind::kOutage, 1min);
  clock_.advance(1h);
  EXPECT_EQ(free_since(), 2h + 11min) << "since a request could find out";
}

TEST_F(WaitsTest, AreDescribedTogetherWhereTheyAreTheSame) {
  const auto wait = [this](Lane lane, Cause cause, std::chrono::seconds until) {
    return Wait{lane, start_, start_ + until, cause, "as Strava said"};
  };
  EXPECT_EQ(describe({}), "");
  EXPECT_EQ(describe({wait(Lane::kFresh, Cause::kRateLimit, 15min),
                      wait(Lane::kSettle, Cause::kReserve, 15min),
                      wait(Lane::kBackfill, Cause::kReserve, 15min)}),
            "fresh until 2026-11-23T00:15:00Z for the rate limit; settle, backfill until "
            "2026-11-23T00:15:00Z for the rate limit, the rest of which is kept for fresh events");
  EXPECT_EQ(describe({wait(Lane::kFresh, Cause::kOutage, 1min)}, [](Timestamp) { return "then"; }),
            "fresh until then: as Strava said");
}

}  // namespace
}  // namespace hookspool::fetcher
