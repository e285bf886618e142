#include "store/events.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>

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

TEST_F(EventsTest, KnowWhenTheLastOneCameIn) {
  EXPECT_FALSE(events_.newest());
  events_.add(event(Kind::kActivityCreate));
  clock_.advance(1min);
  events_.add(event(Kind::kActivityUpdate));

  EXPECT_EQ(events_.newest(), clock_.now());
}

}  // namespace
}  // namespace hookspool::store
