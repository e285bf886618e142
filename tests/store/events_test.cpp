#include "store/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::store {
namespace {

using namespace std::chrono_literals;
using event::Kind;

constexpr std::int64_t kActivity = 14919682220;
constexpr event::AthleteId kOwner{134815};
constexpr std::chrono::sys_seconds kEventTime{1'795'449'730s};

class EventsTest : public testing::Test {
 protected:
  AcceptedEvent event(Kind kind, std::chrono::sys_seconds event_time = kEventTime) {
    AcceptedEvent accepted;
    accepted.record_id = "record-" + std::to_string(++records_);
    accepted.received = clock_.now();
    accepted.event.kind = kind;
    accepted.event.object_type = "activity";
    accepted.event.object_id = kActivity;
    accepted.event.owner_id = kOwner;
    accepted.event.event_time = event_time;
    accepted.body = std::string(event::name_of(kind)) + to_rfc3339(event_time);
    return accepted;
  }
  std::optional<Events::Said> newest() { return events_.newest_on("activity", kActivity, kOwner); }

  test::TemporaryStore store_;
  Events events_{store_.database()};
  test::FakeClock clock_;
  int records_ = 0;
};

TEST_F(EventsTest, AreKeptOnceForEachRecord) {
  const AcceptedEvent create = event(Kind::kActivityCreate);

  EXPECT_TRUE(events_.add(create));
  EXPECT_FALSE(events_.add(create));

  EXPECT_EQ(events_.count(), 1);
}

TEST_F(EventsTest, AreRecognizedWhenStravaRepeatsThem) {
  const AcceptedEvent create = event(Kind::kActivityCreate);
  events_.add(create);
  EXPECT_FALSE(events_.is_repeated(create));

  AcceptedEvent again = create;
  again.record_id = "another";
  events_.add(again);
  EXPECT_TRUE(events_.is_repeated(again));

  const AcceptedEvent update = event(Kind::kActivityUpdate);
  events_.add(update);
  EXPECT_FALSE(events_.is_repeated(update));
}

TEST_F(EventsTest, KnowWhatTheNewestOnAnObjectSaid) {
  EXPECT_FALSE(newest());
  events_.add(event(Kind::kActivityUpdate, kEventTime + 5s));
  events_.add(event(Kind::kActivityCreate, kEventTime));

  ASSERT_TRUE(newest());
  EXPECT_EQ(newest()->kind, Kind::kActivityUpdate);
  EXPECT_EQ(newest()->event_time, kEventTime + 5s);
  EXPECT_FALSE(events_.newest_on("athlete", kActivity, kOwner));
}

TEST_F(EventsTest, CountADeletionAsTheNewestOfItsSecond) {
  events_.add(event(Kind::kActivityDelete));
  events_.add(event(Kind::kActivityUpdate));

  EXPECT_EQ(newest()->kind, Kind::kActivityDelete);
}

TEST_F(EventsTest, OfUnknownKindSayNothing) {
  events_.add(event(Kind::kUnknown));

  EXPECT_FALSE(newest());
}

TEST_F(EventsTest, KnowADeletionThatIsNotOlder) {
  events_.add(event(Kind::kActivityDelete, kEventTime));

  EXPECT_TRUE(events_.deletion_known(event::ActivityId{kActivity}, kOwner, kEventTime - 1s));
  EXPECT_TRUE(events_.deletion_known(event::ActivityId{kActivity}, kOwner, kEventTime));
  EXPECT_FALSE(events_.deletion_known(event::ActivityId{kActivity}, kOwner, kEventTime + 1s));
  EXPECT_FALSE(events_.deletion_known(event::ActivityId{1}, kOwner, kEventTime));
  EXPECT_FALSE(events_.creation_known(event::ActivityId{kActivity}, kOwner, kEventTime));
}

/// Also while other statements are run, those on the same table included.
TEST_F(EventsTest, AreHandedOverOneByOneInTheOrderInWhichTheyWereReceived) {
  constexpr int kMany = 50;
  for (int i = 0; i < kMany; ++i) {
    events_.add(event(Kind::kActivityUpdate, kEventTime + std::chrono::seconds(i)));
    clock_.advance(-1min);
  }
  int next = kMany;
  events_.for_each({}, [&](const AcceptedEvent& accepted) {
    EXPECT_EQ(accepted.event.event_time, kEventTime + std::chrono::seconds(--next));
    EXPECT_EQ(accepted.body.find("activity.update"), 0U);
    EXPECT_EQ(newest()->event_time, kEventTime + std::chrono::seconds(kMany - 1));
    EXPECT_EQ(events_.list({.most = 1, .newest = true}).size(), 1U);
  });
  EXPECT_EQ(next, 0);
}

TEST_F(EventsTest, CanBeAskedForAgainAfterOneWasNotTaken) {
  for (int i = 0; i < 3; ++i) events_.add(event(Kind::kActivityUpdate));
  EXPECT_THROW(events_.for_each({}, [](const AcceptedEvent&) { throw std::runtime_error("no"); }),
               std::runtime_error);
  int handed_over = 0;
  events_.for_each({}, [&](const AcceptedEvent&) { ++handed_over; });
  EXPECT_EQ(handed_over, 3);
}

TEST_F(EventsTest, CanBeFollowedInTheOrderInWhichTheyCameIntoTheJournal) {
  EXPECT_EQ(events_.last_entry(), 0);
  std::vector<std::string> added;
  for (int i = 0; i < 4; ++i) {
    const AcceptedEvent accepted = event(Kind::kActivityUpdate);
    events_.add(accepted);
    added.push_back(accepted.record_id);
    clock_.advance(-1h);
  }
  const auto records = [&](const Events::Query& query) {
    std::vector<std::string> records;
    events_.for_each(query, [&](const auto& entry) { records.push_back(entry.record_id); });
    return records;
  };
  using testing::ElementsAre;
  EXPECT_THAT(records({}), ElementsAre(added[3], added[2], added[1], added[0]));
  EXPECT_THAT(records({.after = 0}), testing::ElementsAreArray(added));
  EXPECT_THAT(records({.most = 2, .newest = true, .after = 0}), ElementsAre(added[2], added[3]));
  const std::int64_t second = events_.list({.most = 2, .after = 0}).back().entry;
  EXPECT_THAT(records({.after = second}), ElementsAre(added[2], added[3]));
  EXPECT_THAT(records({.since = clock_.now() + 2h, .after = second}), ElementsAre(added[2]));
  EXPECT_EQ(events_.list({.after = second}).back().entry, events_.last_entry());
}

TEST_F(EventsTest, GiveNoNumberAgain) {
  events_.add(event(Kind::kActivityCreate));
  const std::int64_t last = events_.last_entry();
  events_.forget(clock_.now() + 1s);
  EXPECT_EQ(events_.count(), 0);
  events_.add(event(Kind::kActivityCreate));
  EXPECT_GT(events_.last_entry(), last);
}

TEST_F(EventsTest, KnowWhenTheLastOneCameIn) {
  EXPECT_FALSE(events_.newest());
  events_.add(event(Kind::kActivityCreate));
  clock_.advance(1min);
  events_.add(event(Kind::kActivityUpdate));

  EXPECT_EQ(events_.newest(), clock_.now());
}

}  // namespace
}  // namespace hookspool::store
