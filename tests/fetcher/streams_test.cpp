// When streams are worth a call, and when anybody is told of an activity that was looked at again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fetcher/scripted_process.h"
#include "store/jobs.h"
#include "store/notifications.h"
#include "store/streams.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using store::Wish;

constexpr event::AthleteId kAthlete{134815};
constexpr std::int64_t kActivity = 14919682220;
constexpr const char* kStreams = R"({"time":{"data":[0,1]}})";

class StreamsTest : public testing::Test {
 protected:
  StreamsTest() {
    store::Athletes(store_.database())
        .put(test::athlete_with_tokens(kAthlete, clock_.now(), 240h), clock_.now());
    // Stored with its streams, and long settled.
    look_into(Wish::kFetch, activity(), kStreams);
    clock_.advance(3h);
    forget_what_was_done();
  }

  static config::FetcherConfig settings() {
    config::FetcherConfig config;
    config.streams = {"time"};
    config.settle = false;
    return config;
  }
  static std::string activity(const std::string& more = R"("name":"Evening ride")",
                              const std::string& distance = "28099.5",
                              const std::string& polyline = "abc") {
    return R"({"id":14919682220,"athlete":{"id":134815},"elapsed_time":4410,"distance":)" +
           distance + R"(,"map":{"polyline":")" + polyline + R"("},)" + more + "}";
  }
  /// What an event of this second leads to, when Strava answers that.
  void look_into(Wish wish, const std::string& answer, const std::string& streams = "") {
    jobs_.want(wish, kActivity, kAthlete, std::chrono::floor<std::chrono::seconds>(clock_.now()),
               clock_.now());
    us_.transport.will_answer(200, answer);
    if (!streams.empty()) us_.transport.will_answer(200, streams);
    us_.work();
  }
  void forget_what_was_done() {
    store_.database().session() << "DELETE FROM notifications";
    calls_before_ = us_.transport.requests().size();
  }
  std::size_t calls() const { return us_.transport.requests().size() - calls_before_; }
  std::vector<std::string> told() {
    std::vector<std::string> kinds;
    const soci::rowset<std::string> rows = store_.database().session().prepare
                                           << "SELECT kind FROM notifications ORDER BY id";
    for (const std::string& kind : rows) kinds.push_back(kind);
    return kinds;
  }

  test::TemporaryStore store_;
  test::FakeClock clock_;
  store::Jobs jobs_{store_.database()};
  test::ScriptedProcess us_{store_.url(), clock_, "us", settings(), {"command"}};
  std::size_t calls_before_ = 0;
};

TEST_F(StreamsTest, AreNotAskedForAgainWhenAnEventChangedNothingOfThem) {
  look_into(Wish::kFetch, activity(R"("name":"Messy")"));

  EXPECT_EQ(calls(), 1U);
  EXPECT_THAT(told(), testing::ElementsAre("activity.updated"));
}

TEST_F(StreamsTest, AreAskedForAgainWhenTheRecordingWasCut) {
  look_into(Wish::kFetch, activity(R"("name":"Evening ride")", "20000.0"),
            R"({"time":{"data":[0]}})");
  look_into(Wish::kFetch, activity(R"("name":"Evening ride")", "20000.0", "ab"),
            R"({"time":{"data":[1]}})");

  EXPECT_EQ(calls(), 4U);
  EXPECT_EQ(store::Streams(store_.database()).find(event::ActivityId{kActivity}),
            R"({"time":{"data":[1]}})");
}

TEST_F(StreamsTest, AreAskedForWhenTheyAreMissing) {
  store_.database().session() << "DELETE FROM streams";
  look_into(Wish::kFetch, activity(), kStreams);

  EXPECT_EQ(calls(), 2U);
}

TEST_F(StreamsTest, AreNotAskedForWhenADeletionIsLookedInto) {
  store_.database().session() << "DELETE FROM streams";
  look_into(Wish::kRemove, activity());

  EXPECT_EQ(calls(), 1U);
}

TEST_F(StreamsTest, AForgedDeletionThatChangedNothingIsNoUpdate) {
  look_into(Wish::kRemove, activity(R"("kudos_count":7,"name":"Evening ride")"));

  EXPECT_EQ(calls(), 1U);
  EXPECT_THAT(told(), testing::IsEmpty());
}

TEST_F(StreamsTest, AForgedDeletionThatFindsAnEditIsAnUpdate) {
  look_into(Wish::kRemove, activity(R"("name":"Messy")"));

  EXPECT_THAT(told(), testing::ElementsAre("activity.updated"));
}

}  // namespace
}  // namespace hookspool::fetcher
