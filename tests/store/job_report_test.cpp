#include "store/job_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/athletes.h"
#include "store/jobs.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Field;

constexpr event::AthleteId kAthlete{134815};
constexpr event::AthleteId kStranger{7};
constexpr auto kLease = 5min;

class JobReportTest : public testing::Test {
 protected:
  JobReportTest() {
    Athlete athlete;
    athlete.id = kAthlete;
    Athletes(store_.database()).put(athlete, clock_.now());
  }
  void want_fetch(std::int64_t activity, event::AthleteId athlete = kAthlete) {
    jobs_.want(Wish::kFetch, activity, athlete, {}, clock_.now());
  }
  std::vector<Job> claim(std::size_t most) {
    return jobs_.claim(Lane::kFresh, most, "us", clock_.now(), clock_.now() + kLease);
  }

  test::TemporaryStore store_;
  test::FakeClock clock_;
  Jobs jobs_{store_.database()};
  JobReport report_{store_.database()};
};

testing::Matcher<const Job&> is_of(std::int64_t activity) {
  return Field(&Job::object_id, activity);
}

TEST_F(JobReportTest, CountsJobsByTheirState) {
  for (std::int64_t activity = 1; activity <= 4; ++activity) want_fetch(activity);
  jobs_.bury(claim(2).front(), "us", "403 Forbidden");

  const JobCounts counts = report_.counts(clock_.now());

  EXPECT_EQ(counts.waiting, 2);
  EXPECT_EQ(counts.in_progress, 1);
  EXPECT_EQ(counts.dead, 1);
  EXPECT_EQ(report_.count_alive(Lane::kFresh), 3);
  EXPECT_EQ(report_.counts(clock_.now() + kLease).waiting, 3) << "the lease has ended";
}

/// Forged events of strangers are not to hide those that matter.
TEST_F(JobReportTest, CountsTheDeadOfStrangersApartAndShowsThemLast) {
  want_fetch(1);
  want_fetch(2, kStranger);
  want_fetch(3, kStranger);
  for (const Job& job : claim(3)) jobs_.bury(job, "us", "given up");

  EXPECT_EQ(report_.counts(clock_.now()).dead, 3);
  EXPECT_EQ(report_.counts(clock_.now()).dead_of_strangers, 2);
  EXPECT_THAT(report_.dead(10), ElementsAre(is_of(1), is_of(3), is_of(2)));
  EXPECT_THAT(report_.dead(1), ElementsAre(is_of(1)));
}

TEST_F(JobReportTest, ShowsThoseThatAreAliveInTheOrderInWhichTheyAreClaimed) {
  jobs_.add({Lane::kBackfill, Wish::kFetch, 1, kAthlete, {}, false}, clock_.now());
  clock_.advance(1s);
  want_fetch(2);
  clock_.advance(1s);
  want_fetch(3);

  EXPECT_THAT(report_.alive(10), ElementsAre(is_of(2), is_of(3), is_of(1)));
  EXPECT_THAT(report_.alive(1), ElementsAre(is_of(2)));
}

TEST_F(JobReportTest, TellsHowOldTheOldestIsOfWhatEventsAskedForAndCanBeDone) {
  Athletes(store_.database()).stop(kAthlete, "the grant is dead");
  want_fetch(1);
  jobs_.add({Lane::kBackfill, Wish::kFetch, 2, kStranger, {}, false}, clock_.now());
  EXPECT_FALSE(report_.oldest_of_events()) << "a stopped athlete's, and history";
  clock_.advance(1min);
  const Timestamp made = clock_.now();
  want_fetch(3, kStranger);
  clock_.advance(1min);

  EXPECT_EQ(report_.oldest_of_events(), made);
}

/// A request for each activity, and another where its streams are wanted and yet to be asked for.
TEST_F(JobReportTest, TellsWhatALaneAmountsToForEachAthlete) {
  jobs_.add({Lane::kBackfill, Wish::kList, 9, kAthlete, {}, false}, clock_.now());
  for (const std::int64_t activity : {1, 2, 3}) {
    jobs_.add({Lane::kBackfill, Wish::kFetch, activity, kAthlete, {}, activity != 3}, clock_.now());
  }
  jobs_.add({Lane::kBackfill, Wish::kFetch, 4, kStranger, {}, false}, clock_.now());
  const auto fail = [this](std::int64_t activity, auto how) {
    for (const Job& job :
         jobs_.claim(Lane::kBackfill, 10, "us", clock_.now(), clock_.now() + kLease)) {
      if (job.object_id == activity) how(job);
      jobs_.release(job, "us", clock_.now());
    }
  };
  fail(1, [this](const Job& job) { jobs_.postpone(job, "us", clock_.now(), clock_.now(), "503"); });
  fail(4, [this](const Job& job) { jobs_.bury(job, "us", "403 Forbidden"); });

  const auto loads = report_.load_of(Lane::kBackfill);

  ASSERT_EQ(loads.size(), 2U);
  const LaneLoad& stranger = loads[0];
  EXPECT_EQ(stranger.athlete, kStranger);
  EXPECT_EQ(stranger.activities, 0);
  EXPECT_EQ(stranger.dead, 1);
  const LaneLoad& athlete = loads[1];
  EXPECT_EQ(athlete.athlete, kAthlete);
  EXPECT_EQ(athlete.activities, 3);
  EXPECT_EQ(athlete.untried, 2);
  EXPECT_EQ(athlete.calls, 5);
  EXPECT_EQ(athlete.lists, 1);
}

}  // namespace
}  // namespace hookspool::store
