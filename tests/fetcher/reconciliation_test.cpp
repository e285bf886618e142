#include "fetcher/reconciliation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "fetcher/listing.h"
#include "store/activities.h"
#include "store/jobs.h"
#include "store/listings.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::sys_seconds;
using testing::SizeIs;

constexpr event::AthleteId kAthlete{134815};

class ReconciliationTest : public testing::Test {
 protected:
  ReconciliationTest() {
    store::Athlete athlete;
    athlete.id = kAthlete;
    athletes_.put(athlete, clock_.now());
  }

  sys_seconds second() const { return std::chrono::floor<std::chrono::seconds>(clock_.now()); }
  bool begin(const ReconcileWish& wish = {}) {
    return begin_reconciliation(store_.database(), *athletes_.find(kAthlete), config_, clock_.now(),
                                wish);
  }
  store::Listing open() {
    const auto all = listings_.open(store::Listing::Kind::kReconcile);
    EXPECT_THAT(all, SizeIs(1));
    return all.empty() ? store::Listing{} : all.front();
  }
  /// As when it has come to the end of the list.
  void end() { end_listing(store_.database(), open(), clock_.now()); }
  /// A list of the past that ended with a question.
  void ask(sys_seconds after) {
    store::Listing listing;
    listing.kind = store::Listing::Kind::kReconcile;
    listing.athlete_id = kAthlete;
    listing.begun = clock_.now();
    listing.after = after;
    listing.before = second();
    listing.id = listings_.add(listing);
    listing.ended = clock_.now();
    listing.gone = 7;
    listings_.update(listing);
  }

  test::TemporaryStore store_;
  test::FakeClock clock_;
  const sys_seconds start_ = second();
  config::FetcherConfig config_;
  store::Athletes athletes_{store_.database()};
  store::Listings listings_{store_.database()};
};

TEST_F(ReconciliationTest, GoesBackToBeforeTheLastOneHoweverLongAgoThatIs) {
  clock_.advance(days(100));
  begin();
  EXPECT_EQ(open().after, start_ - days(30));
  end();

  clock_.advance(days(1));
  begin();
  EXPECT_EQ(open().after, second() - days(31));
}

/// It is not as if all had been looked at.
TEST_F(ReconciliationTest, GoesAsFarBackAsEverAfterAPersonLookedAtTheLastWeek) {
  clock_.advance(days(100));
  begin({.after = second() - days(7)});
  EXPECT_EQ(open().after, second() - days(7));
  end();
  begin();
  EXPECT_EQ(open().after, start_ - days(30));
}

TEST_F(ReconciliationTest, DoesWhatOneThatWasGivenUpWasToDo) {
  store::Jobs jobs(store_.database());
  begin({.after = start_ - days(300), .may_remove = true});
  const auto job =
      jobs.claim(store::Lane::kReconcile, 1, "us", clock_.now(), clock_.now() + 1min).at(0);
  jobs.bury(job, "us", "500");
  clock_.advance(days(1));

  EXPECT_TRUE(begin());
  EXPECT_EQ(open().after, start_ - days(300));
  EXPECT_TRUE(open().may_remove);
}

TEST_F(ReconciliationTest, AllowsRemovalToOneThatIsUnderWay) {
  EXPECT_TRUE(begin());
  EXPECT_FALSE(open().may_remove);
  EXPECT_FALSE(begin({.may_remove = true}));
  EXPECT_TRUE(open().may_remove);
  EXPECT_FALSE(begin());
  EXPECT_TRUE(open().may_remove) << "a later run takes nothing back";
}

TEST_F(ReconciliationTest, TakesThePlaceOfOneThatGoesLessFarBack) {
  begin();
  const std::int64_t first = open().id;
  EXPECT_TRUE(begin({.after = second() - days(300)}));

  EXPECT_NE(open().id, first);
  EXPECT_EQ(open().after, second() - days(300));
  EXPECT_FALSE(store::Jobs(store_.database()).find(store::Wish::kList, first, kAthlete));
  EXPECT_FALSE(begin({.after = second() - days(7)})) << "that is in it";
}

/// As activities grow older than `reconcile_back`, else it would be shown as answered.
TEST_F(ReconciliationTest, AsksAnewWhatWasAskedNotLongAgo) {
  ask(second() - days(45));
  begin();
  EXPECT_EQ(open().after, second() - days(45));
}

TEST_F(ReconciliationTest, LooksThroughYearsOnceMoreOnlyToRemoveWhatIsGone) {
  ask(second() - days(3000));
  begin();
  EXPECT_EQ(open().after, second() - days(30));
  end();
  begin({.may_remove = true});
  EXPECT_EQ(open().after, second() - days(3000));
}

TEST_F(ReconciliationTest, FetchesNothingAgainThatRetentionLetGo) {
  config_.retention = days(7);
  clock_.advance(days(100));
  ask(second() - days(40));
  for (const ReconcileWish& wish :
       {ReconcileWish{}, {.may_remove = true}, {.after = second() - days(300)}}) {
    begin(wish);
    EXPECT_EQ(open().after, second() - days(7));
    end();
  }
  EXPECT_EQ(athletes_.find(kAthlete)->reconciled, clock_.now());
}

TEST_F(ReconciliationTest, FetchesNothingAgainThatRetentionLetGoSinceOneWasGivenUp) {
  config_.retention = days(7);
  store::Jobs jobs(store_.database());
  begin();
  const auto job =
      jobs.claim(store::Lane::kReconcile, 1, "us", clock_.now(), clock_.now() + 1min).at(0);
  jobs.bury(job, "us", "500");
  clock_.advance(days(7));
  begin();
  EXPECT_EQ(open().after, second() - days(7));
}

}  // namespace
}  // namespace hookspool::fetcher
