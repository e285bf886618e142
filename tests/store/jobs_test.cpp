#include "store/jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "store/athletes.h"
#include "store/leases.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr event::AthleteId kAthlete{134815};
constexpr event::AthleteId kOther{227615};
constexpr event::AthleteId kThird{227616};
constexpr std::int64_t kActivity = 14919682220;
constexpr std::chrono::sys_seconds kEventTime{1'795'449'730s};
constexpr auto kLease = 5min;

class JobsTest : public testing::Test {
 protected:
  void want_fetch(std::int64_t activity = kActivity, event::AthleteId athlete = kAthlete) {
    jobs_.want(Wish::kFetch, activity, athlete, kEventTime, clock_.now());
  }
  std::vector<Job> claim(const std::string& holder = "us", std::size_t most = 10) {
    std::vector<Job> claimed;
    for (const Lane lane : kLanes) {
      const auto more =
          jobs_.claim(lane, most - claimed.size(), holder, clock_.now(), clock_.now() + kLease);
      claimed.insert(claimed.end(), more.begin(), more.end());
    }
    return claimed;
  }
  Job claim_one(const std::string& holder = "us") {
    const std::vector<Job> claimed = claim(holder);
    EXPECT_EQ(claimed.size(), 1U);
    return claimed.empty() ? Job{} : claimed.front();
  }
  std::optional<Job> job(Wish wish = Wish::kFetch) { return jobs_.find(wish, kActivity, kAthlete); }

  Athlete athlete() {
    Athlete athlete;
    athlete.id = kAthlete;
    return athlete;
  }

  test::TemporaryStore store_;
  Jobs jobs_{store_.database()};
  test::FakeClock clock_;
};

std::vector<std::int64_t> objects_of(const std::vector<Job>& jobs) {
  std::vector<std::int64_t> objects;
  for (const Job& job : jobs) objects.push_back(job.object_id);
  return objects;
}

TEST_F(JobsTest, AreDueAtOnceWhenTheyAreWanted) {
  want_fetch();

  const Job job = claim_one();

  EXPECT_EQ(job.object_id, kActivity);
  EXPECT_EQ(job.athlete_id, kAthlete);
  EXPECT_EQ(job.wish, Wish::kFetch);
  EXPECT_EQ(job.event_time, kEventTime);
  EXPECT_EQ(job.created, clock_.now());
  EXPECT_EQ(job.due, clock_.now());
  EXPECT_EQ(job.attempts, 0);
  EXPECT_FALSE(job.first_failed);
  EXPECT_FALSE(job.dead);
}

TEST_F(JobsTest, AreOneForEachObject) {
  want_fetch();
  jobs_.want(Wish::kRemove, kActivity, kAthlete, kEventTime + 1s, clock_.now());

  const Job job = claim_one();

  EXPECT_EQ(job.wish, Wish::kRemove);
  EXPECT_EQ(job.event_time, kEventTime + 1s);
}

TEST_F(JobsTest, OfOneAthleteAreApartFromAnothersOnTheSameObject) {
  want_fetch();
  jobs_.want(Wish::kRemove, kActivity, kOther, kEventTime + 1s, clock_.now());
  EXPECT_TRUE(
      jobs_.add({Lane::kBackfill, Wish::kFetch, kActivity, kThird, kEventTime}, clock_.now()));

  EXPECT_EQ(job()->wish, Wish::kFetch);
  EXPECT_EQ(job()->event_time, kEventTime);
  EXPECT_EQ(job()->revision, 1);
  EXPECT_EQ(jobs_.find(Wish::kFetch, kActivity, kOther)->wish, Wish::kRemove);
  EXPECT_EQ(claim().size(), 3U);
}

TEST_F(JobsTest, OfOneAthleteAreRevivedAndDroppedWithoutAnothers) {
  for (const event::AthleteId athlete : {kAthlete, kOther}) want_fetch(kActivity, athlete);
  for (const Job& claimed : claim()) jobs_.bury(claimed, "us", "403 Forbidden");

  jobs_.revive(Wish::kFetch, kActivity, kAthlete, clock_.now());
  EXPECT_FALSE(job()->dead);
  EXPECT_TRUE(jobs_.find(Wish::kFetch, kActivity, kOther)->dead);

  jobs_.drop(Wish::kFetch, kActivity, kOther);
  EXPECT_TRUE(job());
  EXPECT_FALSE(jobs_.find(Wish::kFetch, kActivity, kOther));
}

TEST_F(JobsTest, KeepAnAthleteApartFromAnActivityOfTheSameId) {
  want_fetch();
  jobs_.want(Wish::kDeauthorize, kActivity, kAthlete, kEventTime, clock_.now());

  EXPECT_EQ(claim().size(), 2U);
}

TEST_F(JobsTest, AreClaimedLongestDueFirst) {
  want_fetch(1);
  clock_.advance(1s);
  want_fetch(2);
  clock_.advance(1s);
  want_fetch(3);

  EXPECT_THAT(objects_of(claim("us", 2)), ElementsAre(1, 2));
  EXPECT_THAT(objects_of(claim("us", 2)), ElementsAre(3));
}

TEST_F(JobsTest, AreNotClaimedBeforeTheyAreDue) {
  want_fetch();
  jobs_.postpone(claim_one(), "us", clock_.now() + 30s, clock_.now(), "503");

  EXPECT_EQ(jobs_.next_due(), clock_.now() + 30s);
  EXPECT_THAT(claim(), IsEmpty());
  clock_.advance(30s);
  EXPECT_EQ(claim().size(), 1U);
}

TEST_F(JobsTest, AreClaimedByOneProcessOnly) {
  want_fetch();
  Database other(store_.url());

  EXPECT_EQ(claim("us").size(), 1U);
  EXPECT_THAT(Jobs(other).claim(Lane::kFresh, 10, "them", clock_.now(), clock_.now() + kLease),
              IsEmpty());
}

TEST_F(JobsTest, AreSharedOutWhileManyProcessesClaimAtOnce) {
  constexpr std::int64_t kJobs = 300;
  for (std::int64_t activity = 1; activity <= kJobs; ++activity) want_fetch(activity);
  std::array<std::vector<std::int64_t>, 4> taken;
  {
    std::vector<std::jthread> processes;
    for (std::size_t i = 0; i < taken.size(); ++i) {
      processes.emplace_back([this, i, &mine = taken[i]] {
        Database database(store_.url());
        const std::string holder = "process " + std::to_string(i);
        for (;;) {
          const auto claimed =
              Jobs(database).claim(Lane::kFresh, 7, holder, clock_.now(), clock_.now() + kLease);
          if (claimed.empty()) return;
          for (const Job& job : claimed) mine.push_back(job.object_id);
        }
      });
    }
  }
  std::vector<std::int64_t> all;
  for (const auto& mine : taken) all.insert(all.end(), mine.begin(), mine.end());
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), static_cast<std::size_t>(kJobs));
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end()) << "no job was claimed twice";
}

TEST_F(JobsTest, ReturnWhenTheLeaseOfADeadProcessEnds) {
  want_fetch();
  claim("the dead");
  EXPECT_EQ(jobs_.next_due(), clock_.now() + kLease);

  clock_.advance(kLease);

  EXPECT_EQ(claim("us").size(), 1U);
}

TEST_F(JobsTest, CeaseToBeWhenTheyAreFinished) {
  want_fetch();
  jobs_.finish(claim_one(), "us");

  EXPECT_FALSE(job());
  EXPECT_FALSE(jobs_.next_due());
}

TEST_F(JobsTest, StayWhenAnEventChangedThemMeanwhile) {
  want_fetch();
  const Job in_hand = claim_one();
  jobs_.want(Wish::kRemove, kActivity, kAthlete, kEventTime + 1s, clock_.now());
  EXPECT_THAT(claim("them"), IsEmpty()) << "the lease goes on";

  jobs_.finish(in_hand, "us");

  EXPECT_EQ(claim_one().wish, Wish::kRemove);
}

/// Whatever comes of the older wish, it is not the newer one's.
TEST_F(JobsTest, TakeNothingFromAClaimThatAnEventOvertook) {
  struct Case {
    const char* ending;
    std::function<void(const Job&)> end;
  };
  const Timestamp later = clock_.now() + 1h;
  const Case cases[] = {
      {"finish", [&](const Job& job) { jobs_.finish(job, "us"); }},
      {"postpone", [&](const Job& job) { jobs_.postpone(job, "us", later, later, "503"); }},
      {"bury", [&](const Job& job) { jobs_.bury(job, "us", "403 Forbidden"); }},
      {"release", [&](const Job& job) { jobs_.release(job, "us", later); }},
  };
  for (const Case& c : cases) {
    want_fetch();
    const Job in_hand = claim_one();
    clock_.advance(1s);
    jobs_.want(Wish::kRemove, kActivity, kAthlete, kEventTime + 1s, clock_.now());

    c.end(in_hand);

    const Job next = claim_one();
    EXPECT_EQ(next.wish, Wish::kRemove) << c.ending;
    EXPECT_EQ(next.due, clock_.now()) << c.ending;
    EXPECT_EQ(next.attempts, 0) << c.ending;
    EXPECT_FALSE(next.last_error) << c.ending;
    EXPECT_FALSE(next.first_failed) << c.ending;
    jobs_.finish(next, "us");
  }
}

TEST_F(JobsTest, AreNotEndedByAProcessThatHasLostThem) {
  want_fetch();
  const Job lost = claim_one("the slow");
  clock_.advance(kLease);
  claim("us");

  jobs_.finish(lost, "the slow");
  jobs_.postpone(lost, "the slow", clock_.now() + 1h, clock_.now(), "503");
  jobs_.bury(lost, "the slow", "gone");
  jobs_.release(lost, "the slow", clock_.now() + 1h);

  ASSERT_TRUE(job());
  EXPECT_EQ(job()->attempts, 0);
  EXPECT_EQ(job()->due, lost.due);
  EXPECT_FALSE(job()->dead);
  EXPECT_THAT(Leases(store_.database()).holders(), ElementsAre("us"));
}

/// A worker that comes back late would else end the job that got the id of its own.
TEST_F(JobsTest, NeverGetTheIdOfAnother) {
  want_fetch();
  const Job first = claim_one();
  jobs_.finish(first, "us");
  want_fetch();

  EXPECT_NE(claim_one().id, first.id);
}

/// Ids are never given again, so that a busy application's grow beyond 32 bits.
TEST_F(JobsTest, HaveIdsOf64Bits) {
  constexpr std::int64_t kMany = 1LL << 40;
  want_fetch(1);
  store_.database().session() << "UPDATE sqlite_sequence SET seq = :many WHERE name = 'jobs'",
      soci::use(kMany);
  want_fetch();

  const std::vector<Job> claimed = claim();
  ASSERT_EQ(claimed.size(), 2U);
  EXPECT_EQ(claimed.back().id, kMany + 1);
  jobs_.finish(claimed.back(), "us");
  EXPECT_FALSE(job());
}

TEST_F(JobsTest, KeepObjectIdsThatADoubleCannot) {
  constexpr std::int64_t kNoDouble = (1LL << 53) + 1;
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  want_fetch(kNoDouble, event::AthleteId{kLargest});
  want_fetch(kLargest);

  const std::vector<Job> claimed = claim();
  EXPECT_THAT(objects_of(claimed), ElementsAre(kNoDouble, kLargest));
  EXPECT_EQ(claimed.front().athlete_id, event::AthleteId{kLargest});
}

TEST_F(JobsTest, ForStreamsAloneAreForEverythingIfThatIsOrdered) {
  using Add = bool (Jobs::*)(const Jobs::Order&, Timestamp);
  // As a fetch without streams leaves it that finds those that were kept outdated.
  Jobs::Order order{Lane::kBackfill, Wish::kFetch, kActivity, kAthlete, kEventTime, false};
  order.remaining = Remaining::kStreams;
  Jobs::Order more = order;
  more.lane = Lane::kReconcile;
  more.remaining = Remaining::kEverything;
  // A deletion is seen by asking for the activity.
  const std::vector<std::pair<Add, Wish>> cases{{&Jobs::add, Wish::kFetch},
                                                {&Jobs::add, Wish::kRemove},
                                                {&Jobs::add_or_replace_dead, Wish::kFetch},
                                                {&Jobs::add_or_replace_dead, Wish::kRemove}};
  for (const auto& [add, wish] : cases) {
    more.wish = wish;
    EXPECT_TRUE((jobs_.*add)(order, clock_.now()));
    EXPECT_FALSE((jobs_.*add)(order, clock_.now())) << "it is there";
    const Timestamp failed = clock_.now();
    jobs_.postpone(claim_one(), "us", failed, failed, "503");
    const Job in_hand = claim_one();
    EXPECT_EQ(in_hand.remaining, Remaining::kStreams);

    EXPECT_TRUE((jobs_.*add)(more, clock_.now()));
    jobs_.finish(in_hand, "us");

    const Job widened = claim_one();
    EXPECT_EQ(widened.remaining, Remaining::kEverything);
    EXPECT_EQ(widened.wish, Wish::kFetch);
    EXPECT_EQ(widened.first_failed.has_value(), wish == Wish::kRemove) << "an edit is news";
    EXPECT_EQ(widened.attempts > 0, wish == Wish::kRemove);
    EXPECT_EQ(widened.lane, Lane::kReconcile);
    EXPECT_TRUE(widened.with_streams);
    EXPECT_FALSE((jobs_.*add)(order, clock_.now())) << "nothing is taken back";
    jobs_.finish(widened, "us");
    EXPECT_FALSE(job());
  }
}

TEST_F(JobsTest, ForStreamsOfWhatWasAnnouncedDeletedAreToFetch) {
  jobs_.want(Wish::kRemove, kActivity, kAthlete, kEventTime, clock_.now());
  jobs_.leave_streams(claim_one(), "us", std::nullopt, clock_.now() + kLease);

  EXPECT_EQ(job()->wish, Wish::kFetch);
  EXPECT_EQ(job()->remaining, Remaining::kStreams);
}

/// What comes next may take as long as what was done.
TEST_F(JobsTest, ForStreamsAreLeasedAnew) {
  want_fetch();
  const Job in_hand = claim_one();
  clock_.advance(kLease - 1s);
  jobs_.leave_streams(in_hand, "us", std::nullopt, clock_.now() + kLease);
  clock_.advance(kLease - 1s);
  EXPECT_TRUE(claim("them").empty());
  clock_.advance(1s);
  EXPECT_EQ(claim("them").size(), 1U);
}

TEST_F(JobsTest, RememberTheirFailures) {
  want_fetch();
  const Timestamp first_failure = clock_.now();
  jobs_.postpone(claim_one(), "us", first_failure + 30s, first_failure, "503");
  clock_.advance(30s);
  jobs_.postpone(claim_one(), "us", clock_.now() + 60s, clock_.now(), "no connection");

  ASSERT_TRUE(job());
  EXPECT_EQ(job()->attempts, 2);
  EXPECT_EQ(job()->first_failed, first_failure);
  EXPECT_EQ(job()->last_error, "no connection");
}

TEST_F(JobsTest, AreGivenBackWithoutAnAttempt) {
  want_fetch();
  const Job in_hand = claim_one();

  jobs_.release(in_hand, "us", clock_.now() + 2s);

  EXPECT_THAT(claim(), IsEmpty());
  clock_.advance(2s);
  EXPECT_EQ(claim_one().attempts, 0);
}

TEST_F(JobsTest, ThatAreDeadAreKeptAndNotClaimed) {
  want_fetch();
  jobs_.bury(claim_one(), "us", "403 Forbidden");

  clock_.advance(24h);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_FALSE(jobs_.next_due());
  ASSERT_TRUE(job());
  EXPECT_TRUE(job()->dead);
  EXPECT_EQ(job()->last_error, "403 Forbidden");
}

TEST_F(JobsTest, ThatAreDeadAreRevivedByANewWish) {
  want_fetch();
  jobs_.postpone(claim_one(), "us", clock_.now(), clock_.now(), "503");
  jobs_.bury(claim_one(), "us", "503");
  clock_.advance(1h);

  want_fetch();

  const Job revived = claim_one();
  EXPECT_FALSE(revived.dead);
  EXPECT_EQ(revived.attempts, 0);
  EXPECT_EQ(revived.created, clock_.now());
  EXPECT_FALSE(revived.first_failed);
  EXPECT_FALSE(revived.last_error);
}

TEST_F(JobsTest, OfAStoppedAthleteWaitForANewAuthorization) {
  Athletes athletes(store_.database());
  athletes.put(athlete(), clock_.now());
  athletes.stop(kAthlete, "the grant is dead");
  want_fetch();
  want_fetch(2, event::AthleteId{2});

  EXPECT_THAT(objects_of(claim()), ElementsAre(2));

  athletes.put(athlete(), clock_.now());
  EXPECT_THAT(objects_of(claim()), ElementsAre(kActivity));
}

TEST_F(JobsTest, OfAStoppedAthleteDoNotCountAsDue) {
  Athletes athletes(store_.database());
  athletes.put(athlete(), clock_.now());
  athletes.stop(kAthlete, "the grant is dead");
  want_fetch();

  EXPECT_FALSE(jobs_.next_due());
}

TEST_F(JobsTest, ForADeauthorizationAreClaimedThoughTheAthleteIsStopped) {
  Athletes athletes(store_.database());
  athletes.put(athlete(), clock_.now());
  athletes.stop(kAthlete, "the grant is dead");
  jobs_.want(Wish::kDeauthorize, static_cast<std::int64_t>(kAthlete), kAthlete, kEventTime,
             clock_.now());

  EXPECT_EQ(claim_one().wish, Wish::kDeauthorize);
}

TEST_F(JobsTest, AreNextDueWhenTheFirstOfThemIs) {
  EXPECT_FALSE(jobs_.next_due());
  want_fetch(1);
  want_fetch(2);
  for (const Job& job : claim()) {
    const auto wait = job.object_id == 1 ? 2min : 1min;
    jobs_.postpone(job, "us", clock_.now() + wait, clock_.now(), "503");
  }

  EXPECT_EQ(jobs_.next_due(), clock_.now() + 1min);
}

}  // namespace
}  // namespace hookspool::store
