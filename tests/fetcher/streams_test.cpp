// When streams are worth a call, and when anybody is told of an activity that was looked at again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "fetcher/scripted_process.h"
#include "store/activities.h"
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
    clock_.advance(25h);
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
  std::string started(std::chrono::hours ago, const std::string& name = "Evening ride") const {
    return R"("start_date":")" + to_rfc3339_seconds(clock_.now() - ago) + R"(","name":")" + name +
           "\"";
  }
  /// What an event of this second leads to, when Strava answers that.
  void look_into(Wish wish, const std::string& answer, const std::string& streams = "",
                 int status = 200) {
    jobs_.want(wish, kActivity, kAthlete, std::chrono::floor<std::chrono::seconds>(clock_.now()),
               clock_.now(), wish == Wish::kFetch);
    us_.transport.will_answer(200, answer);
    if (!streams.empty()) us_.transport.will_answer(status, streams);
    us_.work();
  }
  /// What a list of Strava's leads to.
  void look_into_listed(store::Lane lane, const std::string& answer,
                        const std::string& streams = "") {
    jobs_.add({lane, Wish::kFetch, kActivity, kAthlete,
               std::chrono::floor<std::chrono::seconds>(clock_.now()), /*with_streams=*/false},
              clock_.now());
    us_.transport.will_answer(200, answer);
    if (!streams.empty()) us_.transport.will_answer(200, streams);
    us_.work();
  }
  std::optional<std::string> streams() {
    return store::Streams(store_.database()).find(event::ActivityId{kActivity});
  }
  /// What the next answer brings is lost when it is committed with others.
  void begin_look_that_the_store_refuses_at_last() {
    us_.worker.begin_due();
    store::CommitGroup group(us_.database);
    us_.transport.answer_one();
    test::make_group_fail(us_.database);
    EXPECT_THROW(group.commit(), store::StoreError);
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

constexpr const char* kCutStreams = R"({"time":{"data":[0]}})";

/// What was cut away is not to stay because nobody came for streams.
TEST_F(StreamsTest, OfWhatWasCutAreReplacedWhateverFoundThat) {
  const std::string cut = activity(R"("name":"Evening ride")", "20000.0");
  const std::string cut_again = activity(R"("name":"Evening ride")", "19000.0");
  look_into(Wish::kRemove, cut, kCutStreams);
  EXPECT_EQ(streams(), kCutStreams);
  look_into_listed(store::Lane::kBackfill, cut_again, kStreams);
  EXPECT_EQ(streams(), kStreams);

  EXPECT_EQ(calls(), 4U);
}

TEST_F(StreamsTest, OfWhatWasCutAreAskedForThoughOneCallFailedAndAnEventCameBetween) {
  const std::string cut = activity(R"("name":"Evening ride")", "20000.0");
  look_into(Wish::kFetch, cut, "{}", 503);
  look_into(Wish::kFetch, cut, kCutStreams);

  EXPECT_EQ(calls(), 4U);
  EXPECT_EQ(streams(), kCutStreams);
}

TEST_F(StreamsTest, OfWhatWasCutMayBeLate) {
  const std::string cut = activity(R"("name":"Evening ride")", "20000.0");
  look_into(Wish::kFetch, cut, "{}");
  EXPECT_EQ(streams(), std::nullopt);
  look_into(Wish::kFetch, cut, kCutStreams);

  EXPECT_EQ(streams(), kCutStreams);
}

TEST_F(StreamsTest, OfWhatWasRemovedAndIsBackAreAskedForAgainIfItWasCutMeanwhile) {
  const auto remove = [this] {
    jobs_.want(Wish::kRemove, kActivity, kAthlete,
               std::chrono::floor<std::chrono::seconds>(clock_.now()), clock_.now());
    us_.transport.will_answer(404, test::kNotFound);
    us_.work();
    clock_.advance(1s);
  };
  remove();
  look_into(Wish::kFetch, activity());
  EXPECT_EQ(calls(), 2U);
  EXPECT_EQ(streams(), kStreams);

  remove();
  look_into(Wish::kFetch, activity(R"("name":"Evening ride")", "20000.0"), kCutStreams);
  EXPECT_EQ(streams(), kCutStreams);
}

TEST_F(StreamsTest, GoWithWhatWasCutThoughNoOthersAreConfigured) {
  config::FetcherConfig none = settings();
  none.streams.clear();
  test::ScriptedProcess later{store_.url(), clock_, "later", none};
  jobs_.want(Wish::kFetch, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(clock_.now()), clock_.now());
  later.transport.will_answer(200, activity(R"("name":"Evening ride")", "20000.0"));
  later.work();

  EXPECT_EQ(later.transport.requests().size(), 1U);
  EXPECT_EQ(streams(), std::nullopt);
}

TEST_F(StreamsTest, AreNotAskedForOnceNoneAreConfigured) {
  store_.database().session() << "DELETE FROM streams";
  look_into(Wish::kFetch, activity(), "{}", 503);
  ASSERT_EQ(jobs_.find(Wish::kFetch, kActivity, kAthlete)->remaining, store::Remaining::kStreams);
  config::FetcherConfig none = settings();
  none.streams.clear();
  test::ScriptedProcess later{store_.url(), clock_, "later", none};
  clock_.advance(1h);
  later.work();

  EXPECT_TRUE(later.transport.requests().empty());
  EXPECT_FALSE(jobs_.find(Wish::kFetch, kActivity, kAthlete));
}

/// A ride of last week is uploaded today.
TEST_F(StreamsTest, AreAskedForAgainWhereThereWereNoneOnTheDayOfTheUpload) {
  store_.database().session() << "DELETE FROM streams";
  store_.database().session() << "DELETE FROM activities";
  const std::string ride = activity(started(170h));
  look_into(Wish::kFetch, ride, "{}");
  clock_.advance(23h);
  look_into(Wish::kFetch, ride, "{}");
  EXPECT_EQ(calls(), 4U);

  clock_.advance(1h);
  look_into(Wish::kFetch, ride, "{}");
  look_into(Wish::kFetch, ride);
  EXPECT_EQ(calls(), 7U);
}

/// Else each gym session of old would cost a call more.
TEST_F(StreamsTest, OfHistoryAreBelievedToBeNoneAtOnce) {
  store_.database().session() << "DELETE FROM streams";
  store_.database().session() << "DELETE FROM activities";
  look_into_listed(store::Lane::kBackfill, activity(started(25h)));
  look_into(Wish::kFetch, activity(started(25h)), "{}");
  look_into(Wish::kFetch, activity(started(25h)));

  EXPECT_EQ(calls(), 4U);
}

/// Nobody noted then what was asked for.
TEST_F(StreamsTest, OfAnEarlierVersionAreAskedForOnceMore) {
  store_.database().session() << "UPDATE streams SET asked = ''";
  for (const char* name : {"Messy", "Wet"}) {
    look_into(Wish::kFetch, activity(started(25h, name)), name[0] == 'M' ? kStreams : "");
  }
  EXPECT_EQ(calls(), 3U);
}

TEST_F(StreamsTest, AreAskedForWhenTheyAreMissing) {
  store_.database().session() << "DELETE FROM streams";
  look_into(Wish::kFetch, activity(), kStreams);

  EXPECT_EQ(calls(), 2U);
}

/// Gym sessions have none, though they are not manual.
TEST_F(StreamsTest, AreNotAskedForAgainWhereThereWereNoneADayAfterTheStart) {
  store_.database().session() << "DELETE FROM streams";
  look_into(Wish::kFetch, activity(started(25h)), "{}");
  look_into(Wish::kFetch, activity(started(25h, "Messy")));

  EXPECT_EQ(calls(), 3U);
  EXPECT_FALSE(store::Streams(store_.database()).find(event::ActivityId{kActivity}));
}

/// They may be a second late, and nothing may look again at once.
TEST_F(StreamsTest, AreAskedForAgainWhereThereWereNoneOnTheDayOfTheStart) {
  for (const int status : {200, 404}) {
    store_.database().session() << "DELETE FROM streams";
    forget_what_was_done();
    look_into(Wish::kFetch, activity(started(23h)), "{}", status);
    look_into(Wish::kFetch, activity(started(23h, "Messy")), kStreams);

    EXPECT_EQ(calls(), 4U) << status;
    EXPECT_EQ(store::Streams(store_.database()).find(event::ActivityId{kActivity}), kStreams);
  }
}

/// What Strava refuses it may have: a person is to see that.
TEST_F(StreamsTest, AreNoneOnlyIfStravaSaysSo) {
  const std::string wrong_keys =
      R"({"message":"Bad Request","errors":[{"resource":"StreamSet","field":"keys","code":"invalid"}]})";
  for (const auto& [status, body] :
       {std::pair(400, wrong_keys), std::pair(403, std::string(test::kForbidden))}) {
    store_.database().session() << "DELETE FROM streams";
    forget_what_was_done();
    look_into(Wish::kFetch, activity(started(25h)), body, status);
    ASSERT_TRUE(jobs_.find(Wish::kFetch, kActivity, kAthlete)) << status;
    EXPECT_TRUE(jobs_.find(Wish::kFetch, kActivity, kAthlete)->dead) << status;

    look_into(Wish::kFetch, activity(started(25h)), kStreams);
    EXPECT_EQ(calls(), 4U) << status;
    EXPECT_EQ(store::Streams(store_.database()).find(event::ActivityId{kActivity}), kStreams);
  }
}

TEST_F(StreamsTest, AreAskedForOnceMoreWhenOthersAreWanted) {
  config::FetcherConfig more = settings();
  more.streams = {"heartrate", "time"};
  test::ScriptedProcess later{store_.url(), clock_, "later", more};
  for (const char* streams : {"{}", kStreams}) {
    store_.database().session() << "DELETE FROM streams";
    look_into(Wish::kFetch, activity(started(25h)), streams);
    for (const char* name : {"Messy", "Wet"}) {
      jobs_.want(Wish::kFetch, kActivity, kAthlete,
                 std::chrono::floor<std::chrono::seconds>(clock_.now()), clock_.now());
      later.transport.will_answer(200, activity(started(25h, name)));
      if (name == std::string("Messy")) later.transport.will_answer(200, streams);
      later.work();
    }
  }
  EXPECT_EQ(later.transport.requests().size(), 6U);
}

/// A disk that is full has room for nothing when the answer before is committed.
TEST_F(StreamsTest, AreAskedForWithTheActivityAgainIfTheStoreRefusedThatAtLast) {
  store_.database().session() << "DELETE FROM activities";
  jobs_.want(Wish::kFetch, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(clock_.now()), clock_.now());
  for (int i = 0; i < 2; ++i) {
    us_.transport.will_answer(200, activity());
    us_.transport.will_answer(200, kStreams);
  }
  begin_look_that_the_store_refuses_at_last();

  us_.work();

  EXPECT_EQ(calls(), 4U);
  EXPECT_TRUE(store::Activities(store_.database()).find(event::ActivityId{kActivity}));
  EXPECT_EQ(store::Streams(store_.database()).find(event::ActivityId{kActivity}), kStreams);
  EXPECT_FALSE(jobs_.find(Wish::kFetch, kActivity, kAthlete));
}

TEST_F(StreamsTest, AreNotKeptBesideAnActivityThatTheyDoNotBelongTo) {
  jobs_.want(Wish::kFetch, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(clock_.now()), clock_.now());
  us_.transport.will_answer(200, activity(R"("name":"Evening ride")", "20000.0"));
  us_.transport.will_answer(200, R"({"time":{"data":[0]}})");
  begin_look_that_the_store_refuses_at_last();

  us_.transport.answer_one();

  EXPECT_EQ(store::Streams(store_.database()).find(event::ActivityId{kActivity}), kStreams);
  EXPECT_EQ(jobs_.next_due(), clock_.now());
}

TEST_F(StreamsTest, AreNotAskedForWhenADeletionIsLookedInto) {
  store_.database().session() << "DELETE FROM streams";
  look_into(Wish::kRemove, activity());

  EXPECT_EQ(calls(), 1U);
}

/// It may have taken the place of a job that was to ask for them.
TEST_F(StreamsTest, AreAskedForWhenADeletionIsNoneWhereTheyWereOwed) {
  store_.database().session() << "DELETE FROM streams";
  jobs_.want(Wish::kRemove, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(clock_.now()), clock_.now());
  us_.transport.will_answer(200, activity());
  us_.transport.will_answer(200, kStreams);
  us_.work();

  EXPECT_EQ(streams(), kStreams);
}

/// A second forgery would else find none that are owed.
TEST_F(StreamsTest, AreOwedWhereADeletionThatWasNoneFindsAnotherRecording) {
  jobs_.want(Wish::kRemove, kActivity, kAthlete,
             std::chrono::floor<std::chrono::seconds>(clock_.now()), clock_.now(),
             /*with_streams=*/false);
  us_.transport.will_answer(200, activity(R"("name":"Evening ride")", "20000.0"));
  us_.transport.will_answer(503, "{}");
  us_.work();

  const auto job = jobs_.find(Wish::kFetch, kActivity, kAthlete);
  ASSERT_TRUE(job);
  EXPECT_EQ(job->remaining, store::Remaining::kStreams);
  EXPECT_TRUE(job->with_streams);
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
