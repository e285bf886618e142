// What counts as missed by the webhooks.

#include "fetcher/lister.h"

#include <gtest/gtest.h>

#include "store/activities.h"
#include "store/athletes.h"
#include "store/counters.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;

constexpr event::AthleteId kAthlete{134815};

class MissedTest : public testing::Test {
 protected:
  MissedTest() { put_athlete(); }
  void put_athlete() {
    store::Athlete athlete;
    athlete.id = kAthlete;
    store::Athletes(store_.database()).put(athlete, clock_.now());
  }
  static strava::Activity activity(std::int64_t id, Timestamp start) {
    strava::Activity activity;
    activity.id = event::ActivityId{id};
    activity.athlete_id = kAthlete;
    activity.start_date = to_rfc3339_seconds(start);
    activity.json = "{}";
    return activity;
  }
  void reconcile(const std::vector<strava::Activity>& page) {
    store::Listing listing;
    listing.kind = store::Listing::Kind::kReconcile;
    listing.athlete_id = kAthlete;
    listing.begun = clock_.now();
    listing.id = store::Listings(store_.database()).add(listing);
    lister_.take(listing, page);
  }
  store::Counters::Count missed() {
    return store::Counters(store_.database()).get(store::counter::kMissedByWebhooks);
  }

  test::TemporaryStore store_;
  test::FakeClock clock_;
  Changes changes_{store_.database(), clock_, {}};
  Archive archive_{store_.database(), clock_, changes_, {}};
  Lister lister_{store_.database(), clock_, archive_, 0.1};
};

TEST_F(MissedTest, IsWhatStartedSinceTheAthleteCame) {
  const Timestamp start = clock_.now() + 2h;
  clock_.advance(12h);
  reconcile({activity(1, start), activity(2, start - 24h)});
  EXPECT_EQ(missed().count, 1);
  EXPECT_EQ(missed().last, start);
}

/// No event told of what an athlete did while we were not authorized.
TEST_F(MissedTest, IsWhatStartedSinceTheAthleteCameBack) {
  const Timestamp start = clock_.now() + 2h;
  store::Athletes(store_.database()).stop(kAthlete, "the grant is dead");
  clock_.advance(12h);
  put_athlete();
  reconcile({activity(1, start)});
  EXPECT_EQ(missed().count, 0);
}

/// Events are not to tell of edits, unless they are accepted.
TEST_F(MissedTest, IsNoEdit) {
  strava::Activity listed = activity(1, clock_.now() + 2h);
  listed.json = R"({"name":"a title"})";
  clock_.advance(12h);
  archive_.keep_summary(listed);
  listed.json = R"({"name":"a better title"})";
  reconcile({listed});
  EXPECT_TRUE(store::Jobs(store_.database()).find(store::Wish::kFetch, 1, kAthlete));
  EXPECT_EQ(missed().count, 0);
}

}  // namespace
}  // namespace hookspool::fetcher
