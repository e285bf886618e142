#include "store/listings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "store/activities.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::store {
namespace {

using namespace std::chrono_literals;
using Kind = Listing::Kind;
using testing::ElementsAre;

constexpr event::AthleteId kAthlete{134815};

class ListingsTest : public testing::Test {
 protected:
  std::int64_t add(Kind kind) {
    Listing listing;
    listing.kind = kind;
    listing.athlete_id = kAthlete;
    listing.begun = clock_.now();
    return listings_.add(listing);
  }
  std::int64_t add_ended(Kind kind, std::int64_t gone = 0) { return ask(add(kind), gone); }
  std::int64_t ask(std::int64_t id, std::int64_t gone) {
    Listing listing = *listings_.find(id);
    listing.ended = clock_.now();
    listing.gone = gone;
    listings_.update(listing);
    return id;
  }
  std::vector<std::int64_t> pending() {
    std::vector<std::int64_t> ids;
    for (const Listing& listing : listings_.pending()) ids.push_back(listing.id);
    return ids;
  }

  test::TemporaryStore store_;
  test::FakeClock clock_;
  Listings listings_{store_.database()};
};

TEST_F(ListingsTest, ArePendingWhileTheyGoOnOrWaitForAPerson) {
  add_ended(Kind::kBackfill);
  add_ended(Kind::kReconcile);
  const std::int64_t backfill = add(Kind::kBackfill);
  const std::int64_t question = add_ended(Kind::kReconcile, 7);
  const std::int64_t reconciliation = add(Kind::kReconcile);
  EXPECT_THAT(pending(), ElementsAre(reconciliation, question, backfill));
}

TEST_F(ListingsTest, AnswerTheQuestionsThatTheyCover) {
  const auto second = std::chrono::floor<std::chrono::seconds>(clock_.now());
  Listing listing;
  listing.kind = Kind::kReconcile;
  listing.athlete_id = kAthlete;
  listing.begun = clock_.now();
  listing.before = second;
  std::vector<std::int64_t> ids;
  for (const auto back : {24h * 30, 24h * 300, 24h * 3000}) {
    listing.after = second - back;
    ids.push_back(ask(listings_.add(listing), 7));
  }
  StoredActivity activity;
  activity.id = event::ActivityId{12};
  activity.athlete_id = kAthlete;
  activity.start_date = to_rfc3339_seconds(second - 24h * 500);
  Activities(store_.database()).put(activity);

  listing.after = second - 24h * 31;
  listings_.forget_questions(listing);
  EXPECT_THAT(pending(), ElementsAre(ids[2]))
      << "the first is covered, and nothing is stored of what of the second is not";
  listing.after = second - 24h * 3000;
  listings_.forget_questions(listing);
  EXPECT_THAT(pending(), testing::IsEmpty());
}

TEST_F(ListingsTest, AreForgottenWhenTheyEndedLongAgoButForTheLastOfEachKindAndQuestions) {
  const std::int64_t old = add_ended(Kind::kReconcile);
  const std::int64_t question = add_ended(Kind::kReconcile, 7);
  const std::int64_t last = add_ended(Kind::kReconcile);
  const std::int64_t last_backfill = add_ended(Kind::kBackfill);
  listings_.forget(clock_.now() + 1s);

  EXPECT_FALSE(listings_.find(old));
  EXPECT_TRUE(listings_.find(question));
  EXPECT_TRUE(listings_.find(last));
  EXPECT_TRUE(listings_.find(last_backfill));
}

TEST_F(ListingsTest, CountAnActivityOnceThoughItIsOnTwoPages) {
  const std::int64_t id = add(Kind::kBackfill);
  EXPECT_TRUE(listings_.saw(id, event::ActivityId{12}));
  EXPECT_FALSE(listings_.saw(id, event::ActivityId{12}));
  EXPECT_TRUE(listings_.saw(add(Kind::kBackfill), event::ActivityId{12}));

  listings_.forget_seen(id);
  EXPECT_TRUE(listings_.saw(id, event::ActivityId{12}));
}

TEST_F(ListingsTest, KeepHowFarTheyHaveCome) {
  const std::int64_t id = add(Kind::kBackfill);
  Listing listing = *listings_.find(id);
  listing.page = 3;
  listing.looks_again = true;
  listing.listed = 400;
  listing.wanted = 17;
  listings_.update(listing);

  const Listing kept = *listings_.find(id);
  EXPECT_EQ(kept.page, 3);
  EXPECT_TRUE(kept.looks_again);
  EXPECT_EQ(kept.listed, 400);
  EXPECT_EQ(kept.wanted, 17);
  EXPECT_FALSE(kept.ended);
}

}  // namespace
}  // namespace hookspool::store
