#include "fetcher/housekeeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/activities.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/listings.h"
#include "store/notifications.h"
#include "store/store_error.h"
#include "store/streams.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr event::AthleteId kAthlete{134815};
constexpr event::ActivityId kActivity{14919682220};

class HousekeeperTest : public testing::Test {
 protected:
  HousekeeperTest() {
    store::Athlete athlete;
    athlete.id = kAthlete;
    store::Athletes(store_.database()).put(athlete, clock_.now());
  }
  void run() {
    Housekeeper(store_.database(), clock_, changes_, config_, notify_, watchman_).run();
  }
  void store_activity() {
    store::StoredActivity activity;
    activity.id = kActivity;
    activity.athlete_id = kAthlete;
    activity.fetched = clock_.now();
    activity.json = "{}";
    activities_.put(activity);
    store::Streams(store_.database()).put(kActivity, R"({"time":{}})", {"time"}, clock_.now());
  }
  void add_event(const std::string& record, event::Kind kind) {
    event::Event event;
    event.kind = kind;
    event.object_type = "activity";
    event.object_id = static_cast<std::int64_t>(kActivity);
    event.owner_id = kAthlete;
    store::Events(store_.database())
        .add({record, clock_.now(), event, R"({"updates":{"title":"Home"}})", "t=1,v1=0"});
  }
  /// What the events in the journal say, in order; "" where they have been unsaid.
  std::vector<std::string> said() {
    std::vector<std::string> all;
    for (const auto& accepted : store::Events(store_.database()).list({})) {
      all.push_back(accepted.body + accepted.signature);
    }
    return all;
  }
  bool has_streams() { return store::Streams(store_.database()).find(kActivity).has_value(); }
  std::vector<store::Listing> open() {
    return store::Listings(store_.database()).open(store::Listing::Kind::kReconcile);
  }

  test::TemporaryStore store_;
  test::FakeClock clock_;
  config::FetcherConfig config_;
  config::NotifyConfig notify_;
  store::Activities activities_{store_.database()};
  Changes changes_{store_.database(), clock_, {"command"}};
  Watchman watchman_{store_.database(), clock_, changes_, {}, {}};
};

TEST_F(HousekeeperTest, DeletesWhatWasRemovedForGoodAfterADay) {
  store_activity();
  activities_.remove(kActivity, clock_.now());
  clock_.advance(23h);
  run();
  EXPECT_THAT(activities_.deleted(), SizeIs(1));
  EXPECT_TRUE(has_streams());
  clock_.advance(1h);
  run();
  EXPECT_THAT(activities_.deleted(), IsEmpty());
  EXPECT_FALSE(has_streams());
  EXPECT_FALSE(activities_.undelete(kActivity));
}

TEST_F(HousekeeperTest, KeepsWhatWasBroughtBack) {
  store_activity();
  activities_.remove(kActivity, clock_.now());
  EXPECT_TRUE(activities_.undelete(kActivity));
  clock_.advance(48h);
  run();
  EXPECT_TRUE(activities_.find(kActivity)->undeleted);
  EXPECT_TRUE(has_streams());
}

TEST_F(HousekeeperTest, MirrorsByDefaultAndForgetsByRetention) {
  store_activity();
  clock_.advance(24h * 100);
  run();
  EXPECT_TRUE(activities_.find(kActivity));
  config_.retention = 24h * 7;
  run();
  EXPECT_FALSE(activities_.find(kActivity));
  EXPECT_FALSE(has_streams());
}

TEST_F(HousekeeperTest, TellsWhatRetentionDoesNotKeepAsDeleted) {
  store_activity();
  config_.retention = 24h * 7;
  run();
  EXPECT_THAT(store::Notifications(store_.database()).list(10, false), IsEmpty());
  clock_.advance(24h * 7 + 1s);
  for (int i = 0; i < 2; ++i) run();
  const auto told = store::Notifications(store_.database()).list(10, false);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].kind, "activity.deleted");
  EXPECT_EQ(told[0].object_id, static_cast<std::int64_t>(kActivity));
  EXPECT_EQ(told[0].athlete_id, kAthlete);
}

TEST_F(HousekeeperTest, TakesWhatWasDeletedForGoodFromTheJournal) {
  store_activity();
  add_event("a", event::Kind::kActivityUpdate);
  activities_.remove(kActivity, clock_.now());
  clock_.advance(23h);
  run();
  EXPECT_THAT(said(), Not(Contains("")));
  clock_.advance(1h);
  run();
  EXPECT_THAT(said(), ElementsAre(""));
}

TEST_F(HousekeeperTest, KeepsInTheJournalWhatWasStoredAgain) {
  store_activity();
  add_event("a", event::Kind::kActivityUpdate);
  activities_.remove(kActivity, clock_.now());
  store_activity();
  clock_.advance(48h);
  run();
  EXPECT_THAT(activities_.deleted(), IsEmpty());
  EXPECT_THAT(said(), Not(Contains("")));
}

TEST_F(HousekeeperTest, TakesWhatRetentionDoesNotKeepFromTheJournal) {
  config_.retention = 24h * 7;
  store_activity();
  add_event("a", event::Kind::kActivityUpdate);
  clock_.advance(24h * 7 + 1s);
  run();
  EXPECT_THAT(said(), ElementsAre(""));
}

/// Of a stranger, or given up.
TEST_F(HousekeeperTest, TakesWhatRetentionDoesNotKeepFromTheJournalThoughItWasNeverStored) {
  config_.retention = 24h * 7;
  add_event("a", event::Kind::kActivityUpdate);
  clock_.advance(24h * 7);
  run();
  EXPECT_THAT(said(), Not(Contains("")));
  clock_.advance(1s);
  run();
  EXPECT_THAT(said(), ElementsAre(""));
}

TEST_F(HousekeeperTest, TakesWhatWasDeletedFromTheLogOfTheDatabase) {
  Housekeeper housekeeper(store_.database(), clock_, changes_, config_, notify_, watchman_);
  const std::filesystem::path log = store_.path().string() + "-wal";
  housekeeper.run();
  EXPECT_EQ(std::filesystem::file_size(log), 0U);
  store_activity();
  clock_.advance(59min);
  housekeeper.run();
  EXPECT_GT(std::filesystem::file_size(log), 0U);
  clock_.advance(1min);
  housekeeper.run();
  EXPECT_EQ(std::filesystem::file_size(log), 0U);
}

/// One that was deleted before it could be fetched.
TEST_F(HousekeeperTest, TakesWhatWasDeletedUnstoredFromTheJournal) {
  add_event("a", event::Kind::kActivityUpdate);
  add_event("b", event::Kind::kActivityDelete);
  clock_.advance(24h);
  run();
  EXPECT_THAT(said(), Not(Contains("")));
  clock_.advance(1s);
  run();
  EXPECT_THAT(said(), ElementsAre("", ""));
}

TEST_F(HousekeeperTest, KeepsInTheJournalWhatWasSaidToBeDeletedAndIsNot) {
  store_activity();
  add_event("a", event::Kind::kActivityDelete);
  clock_.advance(48h);
  run();
  EXPECT_THAT(said(), Not(Contains("")));
}

TEST_F(HousekeeperTest, GivesUpAConsumerThatIsNoLongerConfigured) {
  notify_.command = "/usr/local/bin/hook";
  Changes(store_.database(), clock_, {"command", "https://wrong.example/"})
      .stored(kActivity, kAthlete);
  store::Notifications notifications(store_.database());
  clock_.advance(notify_.retry_for);
  run();
  EXPECT_EQ(notifications.counts().dead, 0) << "it may be back";
  clock_.advance(1s);
  run();
  EXPECT_EQ(notifications.counts().waiting, 1);
  const auto dead = notifications.list(10, /*only_dead=*/true);
  ASSERT_THAT(dead, SizeIs(1));
  EXPECT_EQ(dead[0].consumer, "https://wrong.example/");
}

TEST_F(HousekeeperTest, LetsNothingWaitForAClockThatWasSetBack) {
  store::Jobs jobs(store_.database());
  jobs.want(store::Wish::kFetch, 7, kAthlete, {}, clock_.now());
  clock_.advance(-2h);

  run();

  EXPECT_EQ(jobs.find(store::Wish::kFetch, 7, kAthlete)->due, clock_.now());
}

TEST_F(HousekeeperTest, DeletesForGoodADayAfterTheClockThatWasAheadIsSetBack) {
  clock_.advance(24h * 365);
  store_activity();
  activities_.remove(kActivity, clock_.now());
  clock_.advance(-24h * 365);
  run();
  clock_.advance(24h);
  run();
  EXPECT_THAT(activities_.deleted(), IsEmpty());
}

/// As that of a machine without a battery is until it has asked the network for the time.
TEST_F(HousekeeperTest, DeletesNothingBecauseTheClockWasBehind) {
  config_.retention = 24h * 7;
  store_activity();
  clock_.advance(-24h * 365);
  run();
  clock_.advance(24h * 365);
  run();
  EXPECT_TRUE(activities_.find(kActivity));
}

/// Whenever it is looked at, another process makes a job two seconds later, if the store lets it.
class ClockOfABusyStore final : public Clock {
 public:
  ClockOfABusyStore(test::FakeClock& clock, const std::string& store_url)
      : clock_(clock), other_(store_url) {
    other_.patience().limit(0ms);
  }

  Timestamp now() const override {
    const Timestamp now = clock_.now();
    try {
      store::Jobs(other_).want(store::Wish::kFetch, made_ + 1, kAthlete, {}, now + 2s);
      ++made_;
      clock_.advance(2s);
    } catch (const store::StoreError&) {
      ++kept_out_;
    }
    return now;
  }
  /// How many jobs that were; the first is about activity 1.
  int made() const { return made_; }
  int kept_out() const { return kept_out_; }

 private:
  test::FakeClock& clock_;
  mutable store::Database other_;
  mutable int made_ = 0;
  mutable int kept_out_ = 0;
};

TEST_F(HousekeeperTest, TakesWhatAnotherProcessWritesMeanwhileForNoClockSetBack) {
  const Timestamp start = clock_.now();
  const ClockOfABusyStore busy(clock_, store_.url());
  config_.reconcile_every = 0s;
  Housekeeper(store_.database(), busy, changes_, config_, notify_, watchman_).run();

  EXPECT_GT(busy.kept_out(), 0);
  EXPECT_GT(busy.made(), 0);
  for (int i = 1; i <= busy.made(); ++i) {
    EXPECT_EQ(store::Jobs(store_.database()).find(store::Wish::kFetch, i, kAthlete)->created,
              start + i * 2s);
  }
}

TEST_F(HousekeeperTest, RunsWhenItIsDueThoughTheClockWasSetBack) {
  Housekeeper housekeeper(store_.database(), clock_, changes_, config_, notify_, watchman_);
  housekeeper.run_if_due();
  clock_.advance(-2h);
  store::Jobs jobs(store_.database());
  jobs.want(store::Wish::kFetch, 7, kAthlete,
            std::chrono::floor<std::chrono::seconds>(clock_.now()), clock_.now() + 2h);
  housekeeper.run_if_due();
  EXPECT_EQ(jobs.next_due(), clock_.now());
}

TEST_F(HousekeeperTest, ForgetsOldEvents) {
  store::Events events(store_.database());
  events.add({"old", clock_.now(), {}, "{}", ""});
  clock_.advance(24h * 31);
  events.add({"new", clock_.now(), {}, "{}", ""});
  run();
  EXPECT_EQ(events.count(), 1);
}

/// Anybody can forge events of strangers.
TEST_F(HousekeeperTest, ForgetsTheDeadJobsOfStrangersWithTheirEvents) {
  store::Jobs jobs(store_.database());
  constexpr event::AthleteId kStranger{7};
  for (const auto& [activity, athlete] : {std::pair{1, kAthlete}, std::pair{2, kStranger}}) {
    jobs.want(store::Wish::kFetch, activity, athlete, {}, clock_.now());
    jobs.bury(jobs.claim(store::Lane::kFresh, 1, "us", clock_.now(), clock_.now()).at(0), "us", "");
  }
  clock_.advance(24h * 30);
  run();
  EXPECT_TRUE(jobs.find(store::Wish::kFetch, 2, kStranger)) << "the athlete may be added yet";
  clock_.advance(1s);
  run();
  EXPECT_FALSE(jobs.find(store::Wish::kFetch, 2, kStranger));
  EXPECT_TRUE(jobs.find(store::Wish::kFetch, 1, kAthlete));
}

TEST_F(HousekeeperTest, BeginsAReconciliationWhenItIsTimeAndOnlyOne) {
  run();
  EXPECT_THAT(open(), IsEmpty()) << "the athlete was added just now";
  clock_.advance(12h);
  run();
  ASSERT_THAT(open(), SizeIs(1));
  EXPECT_EQ(store::Jobs(store_.database()).find(store::Wish::kList, open()[0].id, kAthlete)->lane,
            store::Lane::kReconcile);
  clock_.advance(12h);
  run();
  EXPECT_THAT(open(), SizeIs(1));
}

TEST_F(HousekeeperTest, ReconcilesAtOnceWhenTheClockThatDidSoLastIsSetBack) {
  clock_.advance(24h * 365);
  run();
  store::Listings listings(store_.database());
  store::Listing listing = open().at(0);
  listing.ended = clock_.now();
  listings.update(listing);
  store::Jobs(store_.database()).drop(store::Wish::kList, listing.id, kAthlete);
  clock_.advance(-24h * 365);

  for (int i = 0; i < 2; ++i) run();

  ASSERT_THAT(open(), SizeIs(1));
  EXPECT_EQ(open()[0].begun, clock_.now());
  EXPECT_EQ(store::Athletes(store_.database()).find(kAthlete)->reconciled, clock_.now());
}

/// As through an outage: its pages, and those of the next one, would come to the same. It keeps its
/// place, lest others are always before it, and its failures.
TEST_F(HousekeeperTest, LetsOneThatHasReadNothingStandForTheNext) {
  clock_.advance(12h);
  run();
  const store::Listing first = open().at(0);
  clock_.advance(12h);
  run();
  ASSERT_THAT(open(), SizeIs(1));
  EXPECT_EQ(open()[0].id, first.id);
  EXPECT_EQ(open()[0].begun, clock_.now());
  EXPECT_EQ(open()[0].after, first.after);
  EXPECT_EQ(open()[0].before, first.before + 12h);
  EXPECT_EQ(store::Jobs(store_.database()).find(store::Wish::kList, first.id, kAthlete)->due,
            first.begun);
  EXPECT_EQ(store::Athletes(store_.database()).find(kAthlete)->reconciled, clock_.now());

  store::Listing read = open()[0];
  read.page = 2;
  store::Listings(store_.database()).update(read);
  clock_.advance(12h);
  run();
  ASSERT_THAT(open(), SizeIs(1));
  EXPECT_EQ(open()[0].begun, read.begun);
}

TEST_F(HousekeeperTest, BeginsAnewWhereOneWasGivenUp) {
  clock_.advance(12h);
  run();
  store::Jobs jobs(store_.database());
  const std::int64_t first = open().at(0).id;
  const auto job =
      jobs.claim(store::Lane::kReconcile, 1, "us", clock_.now(), clock_.now() + 1min).at(0);
  jobs.bury(job, "us", "500");
  clock_.advance(12h);
  run();
  ASSERT_THAT(open(), SizeIs(1));
  EXPECT_NE(open()[0].id, first);
}

TEST_F(HousekeeperTest, AsksNothingForThoseWhoCannotBeAskedOrNeedNot) {
  clock_.advance(24h);
  config_.reconcile_every = 0s;
  run();
  EXPECT_THAT(open(), IsEmpty());
  config_.reconcile_every = 1h;
  store::Athletes(store_.database()).stop(kAthlete, "the grant is dead");
  run();
  EXPECT_THAT(open(), IsEmpty());
}

}  // namespace
}  // namespace hookspool::fetcher
