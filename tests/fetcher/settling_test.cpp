#include "fetcher/settling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fetcher/scripted_process.h"
#include "store/activities.h"
#include "store/notifications.h"
#include "store/streams.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using store::Lane;

constexpr event::AthleteId kAthlete{134815};
constexpr std::int64_t kActivity = 14919682220;

TEST(NextLook, ComesFourTimes) {
  const std::chrono::sys_seconds since{1'795'449'730s};
  Timestamp now = since;
  std::vector<std::chrono::seconds> looks;
  while (const auto next = next_look(since, now)) {
    looks.push_back(std::chrono::duration_cast<std::chrono::seconds>(*next - since));
    now = *next;
  }
  EXPECT_EQ(looks, (std::vector<std::chrono::seconds>{5min, 15min, 45min, 120min}));
}

TEST(NextLook, PassesOverThoseThatAreOver) {
  const std::chrono::sys_seconds since{1'795'449'730s};
  EXPECT_EQ(next_look(since, since + 20min), since + 45min);
  EXPECT_FALSE(next_look(since, since + 2h));
}

TEST(LateParts, AreTheSameThoughKudosCame) {
  EXPECT_EQ(late_parts(R"({"id":1,"kudos_count":1,"segment_efforts":[{"id":7}]})"),
            late_parts(R"({"segment_efforts":[{"id":7}],"id":1,"kudos_count":2})"));
  EXPECT_NE(late_parts(R"({"segment_efforts":[{"id":7}]})"),
            late_parts(R"({"segment_efforts":[{"id":7},{"id":8}]})"));
}

TEST(SameActivity, IsToldByAllButWhatOthersMakeOfIt) {
  EXPECT_TRUE(same_activity(R"({"id":1,"name":"a","kudos_count":1})",
                            R"({"name":"a","comment_count":3,"kudos_count":2,"id":1})"));
  EXPECT_FALSE(same_activity(R"({"id":1,"gear_id":"b1"})", R"({"id":1,"gear_id":"b2"})"));
  EXPECT_FALSE(same_activity("", R"({"id":1})"));
}

class SettlingTest : public testing::Test {
 protected:
  SettlingTest() {
    store::Athletes(store_.database())
        .put(test::athlete_with_tokens(kAthlete, clock_.now(), 240h), clock_.now());
  }

  static config::FetcherConfig settings() {
    config::FetcherConfig config;
    config.streams = {"time"};
    return config;
  }
  static std::string activity(const std::string& efforts) {
    return R"({"id":14919682220,"athlete":{"id":134815},"map":{"polyline":"abc"},)"
           R"("segment_efforts":[)" +
           efforts + "]}";
  }
  void look(const std::string& efforts, const std::string& streams) {
    us_.transport.will_answer(200, activity(efforts));
    us_.transport.will_answer(streams.empty() ? 404 : 200,
                              streams.empty() ? test::kNotFound : streams);
    us_.work();
  }
  std::optional<store::Job> job() { return jobs_.find(store::Wish::kFetch, kActivity, kAthlete); }
  /// The job, which is to look again that long after the activity appeared.
  void expect_next_look(std::chrono::seconds after) {
    ASSERT_TRUE(job());
    EXPECT_EQ(job()->lane, Lane::kSettle);
    EXPECT_EQ(job()->due, start_ + after);
    clock_.set(job()->due);
  }

  test::TemporaryStore store_;
  test::FakeClock clock_;
  const Timestamp start_ = clock_.now();
  store::Jobs jobs_{store_.database()};
  test::ScriptedProcess us_{store_.url(), clock_, "us", settings(), {"command"}};
};

TEST_F(SettlingTest, EndsWhenTwoLooksSawTheSame) {
  jobs_.want(store::Wish::kFetch, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(start_), start_);
  look("", "");
  expect_next_look(5min);
  look("", R"({"time":{"data":[0,1]}})");
  expect_next_look(15min);
  look(R"({"id":7})", R"({"time":{"data":[0,1]}})");
  expect_next_look(45min);
  look(R"({"id":7})", R"({"time":{"data":[0,1]}})");
  EXPECT_FALSE(job());
  EXPECT_EQ(store::Streams(store_.database()).find(event::ActivityId{kActivity}),
            R"({"time":{"data":[0,1]}})");
  EXPECT_EQ(us_.transport.requests().size(), 8U);
}

TEST_F(SettlingTest, EndsAfterTwoHoursWhateverIsMissing) {
  jobs_.want(store::Wish::kFetch, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(start_), start_);
  look("", "");
  for (const auto after : {5min, 15min, 45min, 120min}) {
    expect_next_look(after);
    look("", "");
  }
  EXPECT_FALSE(job());
}

TEST_F(SettlingTest, GoesOnThoughStreamsAreRefused) {
  jobs_.want(store::Wish::kFetch, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(start_), start_);
  const auto look_refused = [this](const std::string& efforts) {
    us_.transport.will_answer(200, activity(efforts));
    us_.transport.will_answer(403, test::kForbidden);
    us_.work();
  };
  look_refused("");
  for (const auto after : {5min, 15min}) {
    expect_next_look(after);
    look_refused(R"({"id":7})");
  }
  ASSERT_TRUE(job());
  EXPECT_TRUE(job()->dead) << "for a person to see";
  EXPECT_THAT(store::Activities(store_.database()).find(event::ActivityId{kActivity})->json,
              testing::HasSubstr(R"({"id":7})"));
  const auto told = store::Notifications(store_.database()).list(10, false);
  EXPECT_EQ(std::count_if(told.begin(), told.end(),
                          [](const auto& one) { return one.kind == "activity.settled"; }),
            1);
}

TEST_F(SettlingTest, IsNotForWhatIsHoursOld) {
  clock_.advance(3h);
  jobs_.want(store::Wish::kFetch, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(start_), clock_.now());
  look("", "");
  EXPECT_FALSE(job());
}

TEST_F(SettlingTest, AsksForTheStreamsLaterWhereTheBudgetHasNoMore) {
  jobs_.want(store::Wish::kFetch, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(start_), start_);
  us_.transport.will_answer(
      200, activity(""),
      {{"X-ReadRateLimit-Limit", "100,1000"}, {"X-ReadRateLimit-Usage", "100,100"}});
  us_.work();
  ASSERT_TRUE(job());
  EXPECT_EQ(job()->remaining, store::Remaining::kStreams);
  EXPECT_EQ(us_.transport.requests().size(), 1U);

  clock_.set(*first_end(us_.worker.waits().list()));
  us_.transport.will_answer(200, R"({"time":{"data":[0]}})");
  us_.work();
  EXPECT_THAT(us_.transport.requests().back().url, testing::HasSubstr("/streams"));
  EXPECT_EQ(job()->lane, Lane::kSettle);
}

/// What is looked into for an event meanwhile goes on settling as before.
TEST_F(SettlingTest, GoesOnAfterADeletionThatWasNone) {
  jobs_.want(store::Wish::kFetch, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(start_), start_);
  look("", "");
  clock_.advance(1min);
  jobs_.want(store::Wish::kRemove, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(clock_.now()), clock_.now(),
             /*with_streams=*/false);
  us_.transport.will_answer(200, activity(""));
  us_.work();
  EXPECT_EQ(us_.transport.requests().size(), 3U) << "no call for streams";
  expect_next_look(5min);
  EXPECT_EQ(job()->wish, store::Wish::kFetch);
  look("", R"({"time":{"data":[0,1]}})");
  EXPECT_TRUE(store::Streams(store_.database()).find(event::ActivityId{kActivity}));
}

/// No look is left that would bring them.
TEST_F(SettlingTest, HasADeletionThatWasNoneBringTheStreamsOfTheLastLook) {
  jobs_.want(store::Wish::kFetch, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(start_), start_);
  look("", "");
  for (const auto after : {5min, 15min, 45min}) {
    expect_next_look(after);
    look("", "");
  }
  expect_next_look(120min);
  jobs_.want(store::Wish::kRemove, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(clock_.now()), clock_.now(),
             /*with_streams=*/false);
  look("", R"({"time":{"data":[0,1]}})");
  EXPECT_FALSE(job());
  EXPECT_TRUE(store::Streams(store_.database()).find(event::ActivityId{kActivity}));
}

TEST_F(SettlingTest, HasAnEditBringTheStreamsOfTheLastLookThoughSomeAreThere) {
  jobs_.want(store::Wish::kFetch, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(start_), start_);
  look("", R"({"time":{"data":[0]}})");
  for (const auto after : {5min, 15min, 45min}) {
    expect_next_look(after);
    look("", R"({"time":{"data":[0]}})");
  }
  expect_next_look(120min);
  jobs_.want(store::Wish::kFetch, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(clock_.now()), clock_.now());
  look("", R"({"time":{"data":[0,1]}})");
  EXPECT_FALSE(job());
  EXPECT_EQ(store::Streams(store_.database()).find(event::ActivityId{kActivity}),
            R"({"time":{"data":[0,1]}})");
}

TEST_F(SettlingTest, YieldsToWhatIsFresh) {
  jobs_.want(store::Wish::kFetch, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(start_), start_);
  look("", "");
  clock_.advance(10min);
  jobs_.want(store::Wish::kFetch, kActivity + 1, kAthlete,
             std::chrono::floor<std::chrono::seconds>(clock_.now()), clock_.now());
  for (int i = 0; i < 3; ++i) us_.transport.will_fail("not answered");
  us_.worker.begin_due();
  EXPECT_THAT(us_.transport.requests().at(2).url, testing::EndsWith("14919682221"));
}

}  // namespace
}  // namespace hookspool::fetcher
