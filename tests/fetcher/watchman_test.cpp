#include "fetcher/watchman.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "store/alerts.h"
#include "store/athletes.h"
#include "store/counters.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/listings.h"
#include "store/notifications.h"
#include "store/pause.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"
#include "support/temporary_directory.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr event::AthleteId kAthlete{134815};

class WatchmanTest : public testing::Test {
 protected:
  WatchmanTest() {
    store::Athlete athlete;
    athlete.id = kAthlete;
    store::Athletes(store_.database()).put(athlete, clock_.now());
    watch({});
  }
  void watch(const config::AlertConfig& config, bool is_subscription_configured = false) {
    watchman_ = std::make_unique<Watchman>(
        store_.database(), clock_, changes_, config,
        Watchman::Places{{"/spool"}, directory_ / "subscription", is_subscription_configured},
        [this](const std::filesystem::path&) { return free_; });
  }
  /// The kinds of what consumers are told, in order, by two more looks than are needed.
  std::vector<std::string> told() {
    for (int i = 0; i < 3; ++i) watchman_->look();
    std::vector<std::string> kinds;
    for (const auto& word : store::Notifications(store_.database()).list(100, false)) {
      kinds.push_back(word.kind + " " + word.object_type);
    }
    return kinds;
  }

  void heard() { counters_.add(store::counter::kEvent, clock_.now()); }
  void missed() { counters_.add(store::counter::kMissedByWebhooks, clock_.now()); }
  void subscribe() {
    const std::filesystem::path file = directory_ / "subscription";
    std::ofstream(file) << "1\n";
    std::filesystem::last_write_time(file, std::chrono::file_clock::from_sys(clock_.now()));
  }

  test::TemporaryStore store_;
  test::TemporaryDirectory directory_;
  test::FakeClock clock_;
  double free_ = 0.5;
  store::Counters counters_{store_.database()};
  Changes changes_{store_.database(), clock_, {"command"}};
  std::unique_ptr<Watchman> watchman_;
};

TEST_F(WatchmanTest, IsSilentWhileAllIsWell) {
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(WatchmanTest, TellsOnceWhenItBeginsAndOnceWhenItEnds) {
  free_ = 0.01;
  EXPECT_THAT(told(), ElementsAre("alert.started alert:disk /spool"));
  free_ = 0.5;
  EXPECT_THAT(told(),
              ElementsAre("alert.started alert:disk /spool", "alert.ended alert:disk /spool"));
  EXPECT_THAT(store::Alerts(store_.database()).list(), IsEmpty());
}

TEST_F(WatchmanTest, SeesAnInactiveApplication) {
  store::Pause(store_.database())
      .set(store::PauseState::Kind::kApplication, "inactive", clock_.now(), clock_.now() + 15min);
  EXPECT_THAT(told(), ElementsAre("alert.started alert:application"));
}

TEST_F(WatchmanTest, SeesADeadToken) {
  store::Athletes(store_.database()).stop(kAthlete, "the refresh token was revoked");
  EXPECT_THAT(told(), ElementsAre("alert.started alert:athlete 134815"));
}

TEST_F(WatchmanTest, SeesABacklogThatIsTooOld) {
  store::Jobs(store_.database()).want(store::Wish::kFetch, 1, kAthlete, {}, clock_.now());
  clock_.advance(5h);
  EXPECT_THAT(told(), IsEmpty());
  clock_.advance(2h);
  EXPECT_THAT(told(), ElementsAre("alert.started alert:backlog"));
}

TEST_F(WatchmanTest, SeesTheBacklogThoughWhatFailedWaitsForItsNextTry) {
  store::Jobs jobs(store_.database());
  jobs.want(store::Wish::kFetch, 1, kAthlete, {}, clock_.now());
  clock_.advance(7h);
  const auto job = jobs.claim(store::Lane::kFresh, 1, "us", clock_.now(), clock_.now() + 1min);
  jobs.postpone(job.at(0), "us", clock_.now() + 6h, clock_.now(), "500");
  EXPECT_THAT(told(), ElementsAre("alert.started alert:backlog"));
  clock_.advance(6h);
  EXPECT_THAT(told(), ElementsAre("alert.started alert:backlog"));
}

TEST_F(WatchmanTest, SaysOnceThatADiskIsNearlyFullThoughTheLastFileComesAndGoes) {
  for (const double free : {0.04, 0.051, 0.04, 0.051}) {
    free_ = free;
    EXPECT_THAT(told(), ElementsAre("alert.started alert:disk /spool"));
  }
  free_ = 0.061;
  EXPECT_THAT(told(),
              ElementsAre("alert.started alert:disk /spool", "alert.ended alert:disk /spool"));
}

TEST_F(WatchmanTest, EndsWhatItSaidOfADiskThatIsToBeNearlyEmpty) {
  config::AlertConfig config;
  config.disk_free = 0.9;
  watch(config);
  free_ = 0.89;
  EXPECT_THAT(told(), ElementsAre("alert.started alert:disk /spool"));
  free_ = 0.94;
  EXPECT_THAT(told(), ElementsAre("alert.started alert:disk /spool"));
  free_ = 0.96;
  EXPECT_THAT(told(),
              ElementsAre("alert.started alert:disk /spool", "alert.ended alert:disk /spool"));
}

TEST_F(WatchmanTest, SeesNoSilenceWhereTheSubscriptionWasEnded) {
  heard();
  clock_.advance(100h);
  missed();
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(WatchmanTest, SeesSilenceOnlyIfThereWasSomethingToHear) {
  subscribe();
  heard();
  clock_.advance(100h);
  EXPECT_THAT(told(), IsEmpty());
  missed();
  EXPECT_THAT(told(), ElementsAre("alert.started alert:silence"));
  heard();
  EXPECT_THAT(told(), ElementsAre("alert.started alert:silence", "alert.ended alert:silence"));
}

TEST_F(WatchmanTest, SeesSilenceUntilItEndsHoweverLittleTheJournalKeeps) {
  subscribe();
  heard();
  store::Events(store_.database()).add({"record", clock_.now(), {}, "{}", ""});
  clock_.advance(1h);
  store::Events(store_.database()).forget(clock_.now());
  clock_.advance(100h);
  missed();
  EXPECT_THAT(told(), ElementsAre("alert.started alert:silence"));
  clock_.advance(24h * 100);
  EXPECT_THAT(told(), ElementsAre("alert.started alert:silence"));
}

TEST_F(WatchmanTest, SeesThatNoEventEverCameThoughThereIsASubscription) {
  clock_.advance(24h);
  subscribe();
  clock_.advance(71h);
  missed();
  EXPECT_THAT(told(), IsEmpty());
  clock_.advance(2h);
  EXPECT_THAT(told(), ElementsAre("alert.started alert:silence"));
}

TEST_F(WatchmanTest, SeesSilenceOfASubscriptionThatIsOnlyConfigured) {
  watch({}, /*is_subscription_configured=*/true);
  clock_.advance(71h);
  missed();
  EXPECT_THAT(told(), IsEmpty());
  clock_.advance(2h);
  EXPECT_THAT(told(), ElementsAre("alert.started alert:silence"));
}

TEST_F(WatchmanTest, ExpectsNoEventsWithoutASubscription) {
  clock_.advance(100h);
  missed();
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(WatchmanTest, ExpectsNoEventsBeforeThereIsAnybodyToTellOf) {
  store::Athletes(store_.database()).purge(kAthlete);
  heard();
  subscribe();
  clock_.advance(100h);
  missed();
  EXPECT_THAT(told(), IsEmpty());
  store::Athlete athlete;
  athlete.id = kAthlete;
  store::Athletes(store_.database()).put(athlete, clock_.now());
  clock_.advance(71h);
  missed();
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(WatchmanTest, SeesAListThatWaitsForAPerson) {
  store::Listings listings(store_.database());
  store::Listing listing;
  listing.kind = store::Listing::Kind::kReconcile;
  listing.athlete_id = kAthlete;
  listing.id = listings.add(listing);
  listing.gone = 12;
  listing.ended = clock_.now();
  listings.update(listing);
  EXPECT_THAT(told(), ElementsAre("alert.started alert:removal 134815"));
}

}  // namespace
}  // namespace hookspool::fetcher
