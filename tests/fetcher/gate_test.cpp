#include "fetcher/gate.h"

#include <gtest/gtest.h>

#include "store/jobs.h"
#include "store/pause.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kJob = 7;

class GateTest : public testing::Test {
 protected:
  void close(std::chrono::seconds length = 15min) {
    gate_.close(Gate::Reason::kApplication, "the application is inactive", clock_.now() + length);
  }
  bool is_open() { return gate_.room() > 1; }
  std::optional<store::PauseState> pause() { return store::Pause(store_.database()).find(); }

  test::TemporaryStore store_;
  test::FakeClock clock_;
  Gate gate_{store_.database(), clock_};
};

TEST_F(GateTest, IsOpenAtFirst) {
  EXPECT_FALSE(gate_.closed_until());
  EXPECT_TRUE(is_open());
}

TEST_F(GateTest, IsClosedForEveryProcess) {
  close();

  store::Database database(store_.url());
  Gate other(database, clock_);
  EXPECT_EQ(other.closed_until(), clock_.now() + 15min);
  EXPECT_EQ(other.room(), 0U);
}

/// The person who mends the application is told when it is accepted again, and not before.
TEST_F(GateTest, KeepsToTheApplicationThoughStravaIsOutBesides) {
  close();
  const Timestamp since = clock_.now();
  clock_.advance(15min);
  gate_.begin_probe(kJob);
  gate_.failed(kJob, "503");

  ASSERT_TRUE(pause());
  EXPECT_EQ(pause()->kind, Gate::Reason::kApplication);
  EXPECT_EQ(pause()->since, since);
  EXPECT_EQ(pause()->reason, "the application is inactive");
  EXPECT_GT(pause()->until, clock_.now());
}

TEST_F(GateTest, LetsOneThroughToFindOutWhetherItIsOver) {
  close();
  clock_.advance(15min);
  EXPECT_EQ(gate_.room(), 1U);
  gate_.begin_probe(kJob);

  store::Database database(store_.url());
  Gate other(database, clock_);
  EXPECT_EQ(other.room(), 0U);
  EXPECT_EQ(gate_.room(), 0U);
  EXPECT_FALSE(gate_.is_closed()) << "for the one that finds out";

  gate_.passed();
  EXPECT_TRUE(is_open());
  EXPECT_GT(other.room(), 1U);
}

TEST_F(GateTest, LetsTheNextOneTryIfTheFirstNeverCameBack) {
  close();
  clock_.advance(15min);
  gate_.begin_probe(kJob);
  clock_.advance(3min);

  store::Database database(store_.url());
  EXPECT_EQ(Gate(database, clock_).room(), 1U);
}

TEST_F(GateTest, LetsTheNextOneTryAtOnceIfTheFirstAskedNothing) {
  close();
  clock_.advance(15min);
  gate_.begin_probe(kJob);
  gate_.ended(kJob + 1);
  EXPECT_EQ(gate_.room(), 0U) << "another job, which was under way before";
  gate_.ended(kJob);

  EXPECT_EQ(gate_.room(), 1U);
  EXPECT_EQ(pause()->probes, 0);
}

TEST_F(GateTest, LeavesAPauseAloneThatAnotherProcessBeganMeanwhile) {
  gate_.close(Gate::Reason::kOutage, "out", clock_.now() + 15min);
  clock_.advance(15min);
  gate_.begin_probe(kJob);
  store::Database database(store_.url());
  Gate(database, clock_).close(Gate::Reason::kRateLimit, "used up", clock_.now() + 1h);

  EXPECT_TRUE(gate_.is_closed()) << "for the one that finds out, too";
  gate_.passed();
  EXPECT_EQ(gate_.closed_until(), clock_.now() + 1h);
  gate_.failed(kJob, "timed out");
  EXPECT_EQ(pause()->kind, store::PauseState::Kind::kRateLimit);
  gate_.ended(kJob);
  EXPECT_EQ(gate_.closed_until(), clock_.now() + 1h);
}

TEST_F(GateTest, StaysOpenWhenTheOneThatFoundOutEnds) {
  close();
  clock_.advance(15min);
  gate_.begin_probe(kJob);
  gate_.passed();
  gate_.ended(kJob);

  EXPECT_TRUE(is_open());
}

TEST_F(GateTest, StaysClosedWhenTheOneThatFoundOutEnds) {
  close();
  clock_.advance(15min);
  gate_.begin_probe(kJob);
  gate_.failed(kJob, "timed out");
  gate_.ended(kJob);

  EXPECT_EQ(gate_.room(), 0U);
}

TEST_F(GateTest, StaysClosedThoughAnAnswerWasStillUnderWay) {
  close();
  gate_.passed();

  EXPECT_TRUE(gate_.closed_until());
}

TEST_F(GateTest, TakesSeveralJobsThatFailInARowForAnOutage) {
  gate_.failed(1, "timed out");
  gate_.failed(2, "timed out");
  gate_.failed(2, "timed out");
  EXPECT_TRUE(is_open());
  gate_.failed(3, "timed out");

  EXPECT_EQ(gate_.closed_until(), clock_.now() + 30s);
  EXPECT_EQ(pause()->kind, store::PauseState::Kind::kOutage);
}

TEST_F(GateTest, TakesFailuresBetweenAnswersForWhatTheyAre) {
  for (int i = 0; i < 10; ++i) {
    gate_.failed(i, "500");
    gate_.passed();
  }
  EXPECT_TRUE(is_open());
}

TEST_F(GateTest, WaitsLongerAfterEachProbeUntilTenMinutes) {
  for (int job = 1; job <= 3; ++job) gate_.failed(job, "timed out");
  std::vector<std::chrono::seconds> waits;
  for (int job = 4; job < 11; ++job) {
    const Timestamp until = *gate_.closed_until();
    waits.push_back(std::chrono::duration_cast<std::chrono::seconds>(until - clock_.now()));
    clock_.set(until);
    ASSERT_EQ(gate_.room(), 1U);
    gate_.begin_probe(job);
    gate_.failed(job, "timed out");
  }
  EXPECT_EQ(waits, (std::vector<std::chrono::seconds>{30s, 60s, 120s, 240s, 480s, 600s, 600s}));
}

/// Else fresh events would wait for as long as their own backoff says, up to six hours.
TEST_F(GateTest, LetsWhatFailedInAnOutageGoOnAtOnceAfterIt) {
  store::Jobs jobs(store_.database());
  jobs.want(store::Wish::kFetch, 1, {}, {}, clock_.now());
  const auto job = jobs.claim(store::Lane::kFresh, 1, "us", clock_.now(), clock_.now() + 1min);
  jobs.postpone(job.at(0), "us", clock_.now() + 6h, clock_.now(), "timed out");
  for (int id = 1; id <= 3; ++id) gate_.failed(id, "timed out");
  clock_.advance(30s);
  gate_.begin_probe(kJob);
  gate_.passed();

  EXPECT_EQ(jobs.next_due(), clock_.now());
}

TEST_F(GateTest, BeginsANewPauseAfterItWasOver) {
  close();
  clock_.advance(1h);
  gate_.begin_probe(kJob);
  gate_.passed();
  close();

  EXPECT_EQ(pause()->since, clock_.now());
}

}  // namespace
}  // namespace hookspool::fetcher
