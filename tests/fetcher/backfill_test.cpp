#include "fetcher/backfill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "store/athletes.h"
#include "store/jobs.h"
#include "store/listings.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::Ne;
using testing::SizeIs;

constexpr event::AthleteId kAthlete{134815};

class BackfillTest : public testing::Test {
 protected:
  BackfillTest() {
    store::Athlete athlete;
    athlete.id = kAthlete;
    store::Athletes(store_.database()).put(athlete, clock_.now());
  }

  /// What a person asks for who says "300d" at this moment.
  BackfillWish last_300_days() const {
    BackfillWish wish;
    wish.after = std::chrono::floor<std::chrono::seconds>(clock_.now()) - 24h * 300;
    wish.details = true;
    return wish;
  }
  std::int64_t begin(const BackfillWish& wish) {
    return begin_backfill(store_.database(), wish, clock_.now()).at(0);
  }
  /// The list is through, and has led to so many jobs.
  void end_listing(std::int64_t id, int activities) {
    store::Listing listing = *listings_.find(id);
    listing.ended = clock_.now();
    listing.listed = activities;
    listings_.update(listing);
    jobs_.drop_all_of(id);
    for (int i = 1; i <= activities; ++i) {
      jobs_.add({store::Lane::kBackfill, store::Wish::kFetch, 1000 + i, kAthlete, {}, false},
                clock_.now());
    }
  }
  store::Job claim() {
    return jobs_.claim(store::Lane::kBackfill, 1, "us", clock_.now(), clock_.now() + 1min).at(0);
  }
  std::vector<BackfillProgress> progress(const std::vector<std::int64_t>& listings = {}) {
    return backfill_progress(store_.database(), listings);
  }

  test::TemporaryStore store_;
  test::FakeClock clock_;
  store::Jobs jobs_{store_.database()};
  store::Listings listings_{store_.database()};
};

TEST_F(BackfillTest, GoesOnThoughTheSameWordsMeanAnotherMoment) {
  const std::int64_t first = begin(last_300_days());
  clock_.advance(26h);
  EXPECT_EQ(begin(last_300_days()), first);
  EXPECT_THAT(listings_.open(store::Listing::Kind::kBackfill), SizeIs(1));
}

TEST_F(BackfillTest, GoesOnWithWhatTheListLedTo) {
  const std::int64_t first = begin(last_300_days());
  end_listing(first, 2);
  clock_.advance(1h);
  EXPECT_EQ(begin(last_300_days()), first);
  EXPECT_THAT(listings_.open(store::Listing::Kind::kBackfill), IsEmpty());

  for (int i = 0; i < 2; ++i) jobs_.postpone(claim(), "us", clock_.now() + 1h, clock_.now(), "500");
  clock_.advance(23h);
  EXPECT_EQ(begin(last_300_days()), first) << "an outage";
  clock_.advance(1h);
  EXPECT_THAT(begin(last_300_days()), Ne(first)) << "what fails is no reason to list no more";
}

TEST_F(BackfillTest, BeginsAnewThoughAListOfAnotherWishFails) {
  const std::int64_t first = begin(last_300_days());
  end_listing(first, 0);
  BackfillWish summaries = last_300_days();
  summaries.details = false;
  begin(summaries);
  jobs_.postpone(claim(), "us", clock_.now() + 1h, clock_.now(), "503");

  EXPECT_THAT(begin(last_300_days()), Ne(first));
}

TEST_F(BackfillTest, BeginsAnewWhereMoreIsWanted) {
  const std::int64_t first = begin(last_300_days());
  BackfillWish longer = last_300_days();
  longer.after -= 24h;
  EXPECT_THAT(begin(longer), Ne(first));
  BackfillWish with_streams = last_300_days();
  with_streams.with_streams = true;
  EXPECT_THAT(begin(with_streams), Ne(first));
}

TEST_F(BackfillTest, TriesAListAgainThatWasGivenUpAndForgetsOneThatWasDropped) {
  const std::int64_t first = begin(last_300_days());
  jobs_.bury(claim(), "us", "500");
  EXPECT_EQ(begin(last_300_days()), first);
  EXPECT_FALSE(jobs_.find(store::Wish::kList, first, kAthlete)->dead);

  jobs_.drop_all_of(first);
  const std::int64_t second = begin(last_300_days());
  EXPECT_THAT(second, Ne(first));
  EXPECT_THAT(listings_.open(store::Listing::Kind::kBackfill), SizeIs(1));
}

TEST_F(BackfillTest, TellsHowFarItIsToTheEnd) {
  const std::int64_t listing = begin(last_300_days());
  ASSERT_THAT(progress(), SizeIs(1));
  EXPECT_FALSE(progress()[0].is_listed);

  end_listing(listing, 3);
  jobs_.finish(claim(), "us");
  jobs_.bury(claim(), "us", "403");
  ASSERT_THAT(progress(), SizeIs(1)) << "the list is through, but not what it led to";
  EXPECT_TRUE(progress()[0].is_listed);
  EXPECT_EQ(progress()[0].listed, 3);
  EXPECT_EQ(progress()[0].waiting, 1);
  EXPECT_EQ(progress()[0].calls, 1);
  EXPECT_EQ(progress()[0].dead, 1);
  EXPECT_FALSE(progress()[0].is_done());

  jobs_.finish(claim(), "us");
  EXPECT_THAT(progress(), IsEmpty());
  ASSERT_THAT(progress({listing}), SizeIs(1));
  EXPECT_EQ(progress({listing})[0].listed, 3);
  EXPECT_TRUE(progress({listing})[0].is_done());
}

}  // namespace
}  // namespace hookspool::fetcher
