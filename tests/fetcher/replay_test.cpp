#include "fetcher/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/sanitizer.h"
#include "event/event.h"
#include "event/test_event.h"
#include "fetcher/judge.h"
#include "fetcher/spooled_events.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/counters.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"
#include "support/resident_memory.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using store::Lane;
using store::Wish;

constexpr event::AthleteId kAthlete{134815};
constexpr event::AthleteId kOther{227615};
constexpr std::int64_t kActivity = 14919682220;
constexpr const char* kKey = "key-of-the-signatures";

class ReplayTest : public testing::Test {
 protected:
  ReplayTest() {
    add_athlete(kAthlete);
    hear_of(event::Kind::kActivityCreate, kEventTime);
    clock_.advance(1h);
  }
  void add_athlete(event::AthleteId id) {
    store::Athlete athlete;
    athlete.id = id;
    store::Athletes(store_.database()).put(athlete, clock_.now());
  }
  void store_activity(Timestamp fetched = kEventTime) {
    store::StoredActivity activity;
    activity.id = event::ActivityId{kActivity};
    activity.athlete_id = kAthlete;
    activity.fetched = fetched;
    store::Activities(store_.database()).put(activity);
  }
  void hear_of(event::Kind kind, std::chrono::sys_seconds event_time,
               event::AthleteId owner = kAthlete) {
    const std::string name(event::name_of(kind));
    take_in(name, test::event_body("activity", kActivity, name.substr(name.find('.') + 1),
                                   event_time, "", static_cast<std::int64_t>(owner)));
  }
  /// Into the journal, as what it is.
  void take_in(const std::string& record, const std::string& body) {
    const auto event = std::get<event::Event>(event::parse(body));
    events_.add({record, clock_.now(), event, body, ""});
  }
  /// As what is refused for its signature, or for another reason.
  void take_in_as_unknown(const std::string& record, const std::string& body,
                          const std::string& signature = "") {
    auto event = std::get<event::Event>(event::parse(body));
    event.kind = event::Kind::kUnknown;
    events_.add({record, clock_.now(), event, body, signature});
  }
  Replayed run(config::SignatureCheck check = config::SignatureCheck::kOff) {
    return replay(store_.database(), Judge({check, Secret(kKey)}), {}, std::nullopt, clock_.now());
  }
  std::vector<std::string> kinds() {
    std::vector<std::string> kinds;
    for (const auto& accepted : events_.list({})) kinds.emplace_back(name_of(accepted.event.kind));
    return kinds;
  }
  void want_fresh(Wish wish, std::int64_t activity) {
    jobs_.want(wish, activity, kAthlete, kEventTime + 1s, clock_.now());
  }
  store::Job job() { return jobs_.find(Wish::kFetch, kActivity, kAthlete).value(); }
  std::vector<store::Job> claim(Lane lane) {
    return jobs_.claim(lane, 10, "us", clock_.now(), clock_.now() + 1min);
  }

  static constexpr std::chrono::sys_seconds kEventTime{1'795'449'730s};
  test::TemporaryStore store_;
  test::FakeClock clock_{kEventTime + 10s};
  store::Jobs jobs_{store_.database()};
  store::Events events_{store_.database()};
};

TEST_F(ReplayTest, GoesBehindFreshEvents) {
  EXPECT_EQ(run().jobs, 1U);
  EXPECT_TRUE(claim(Lane::kFresh).empty());
  ASSERT_EQ(claim(Lane::kReconcile).size(), 1U);
  EXPECT_EQ(job().event_time, kEventTime);
  EXPECT_TRUE(job().with_streams);
}

/// The deletion may have been forged.
TEST_F(ReplayTest, AsksForWhatWasAnnouncedAndDeletedAndIsNotStored) {
  hear_of(event::Kind::kActivityDelete, kEventTime + 1s);
  run();
  EXPECT_EQ(job().wish, Wish::kFetch);
}

/// The event that it was created may be older than what is replayed, or there be none, as of
/// history.
TEST_F(ReplayTest, AsksForWhatWasDeletedAndIsNotStored) {
  const Timestamp since = clock_.now();
  hear_of(event::Kind::kActivityDelete, kEventTime + 1s);
  want_fresh(Wish::kFetch, kActivity);
  jobs_.bury(claim(Lane::kFresh).at(0), "us", "403 Forbidden");
  EXPECT_EQ(
      replay(store_.database(), Judge(Signatures()), since, std::nullopt, clock_.now()).events, 1U);
  EXPECT_EQ(job().wish, Wish::kFetch);
  EXPECT_EQ(job().event_time, kEventTime + 1s);
  EXPECT_TRUE(job().with_streams);
}

TEST_F(ReplayTest, AsksWhoWasAnnouncedAsTheOwnerThoughAnothersEventDeletes) {
  add_athlete(kOther);
  hear_of(event::Kind::kActivityDelete, kEventTime + 1s, kOther);
  run();
  EXPECT_EQ(job().wish, Wish::kFetch);
  EXPECT_EQ(job().event_time, kEventTime);
}

TEST_F(ReplayTest, HasADeletionOfWhatIsStoredCarriedOut) {
  hear_of(event::Kind::kActivityDelete, kEventTime + 1s);
  store_activity();
  run();
  EXPECT_EQ(job().wish, Wish::kRemove);
}

TEST_F(ReplayTest, HasItCarriedOutWhateverChangeWasAnnouncedBehindIt) {
  hear_of(event::Kind::kActivityDelete, kEventTime + 1s);
  hear_of(event::Kind::kActivityUpdate, kEventTime + 2s);
  store_activity();
  run();
  EXPECT_EQ(job().wish, Wish::kRemove);
  EXPECT_EQ(job().event_time, kEventTime + 1s);
  EXPECT_TRUE(job().with_streams) << "the change asks for them, if it turns out to be there";
}

/// As the answer without words of a removal would be proof enough.
TEST_F(ReplayTest, AsksAsForAnyForWhatStravaClearlyShowedSinceItsDeletion) {
  hear_of(event::Kind::kActivityDelete, kEventTime + 1s);
  for (const auto& [shown_after, wish] : {std::pair(10min, Wish::kRemove), {11min, Wish::kFetch}}) {
    store_activity(kEventTime + 1s + shown_after);
    run();
    EXPECT_EQ(job().wish, wish);
    jobs_.drop(wish, kActivity, kAthlete);
  }
}

TEST_F(ReplayTest, AsksAsForAnyForWhatAPersonBroughtBack) {
  hear_of(event::Kind::kActivityDelete, kEventTime + 1s);
  store_activity();
  store::Activities activities(store_.database());
  activities.remove(event::ActivityId{kActivity}, clock_.now());
  activities.undelete(event::ActivityId{kActivity});
  run();
  EXPECT_EQ(job().wish, Wish::kFetch);
}

/// Those who asked for streams are not among the events that are replayed.
TEST_F(ReplayTest, LeavesTheStreamsOwedThatADeadJobOwed) {
  store_activity();
  want_fresh(Wish::kFetch, kActivity);
  jobs_.bury(claim(Lane::kFresh).at(0), "us", "403 Forbidden");
  clock_.advance(1h);
  const Timestamp since = clock_.now();
  hear_of(event::Kind::kActivityDelete, kEventTime + 2s);
  replay(store_.database(), Judge(Signatures()), since, std::nullopt, clock_.now());
  EXPECT_EQ(job().wish, Wish::kRemove);
  EXPECT_TRUE(job().with_streams);
}

TEST_F(ReplayTest, HasTheOwnerAskedForWhatIsStoredWhomeverTheEventNames) {
  add_athlete(kOther);
  hear_of(event::Kind::kActivityDelete, kEventTime + 1s, kOther);
  store_activity();
  EXPECT_EQ(run().jobs, 1U);
  EXPECT_EQ(job().wish, Wish::kRemove);
}

/// As after a wrong key was corrected.
TEST_F(ReplayTest, BringsBackWhatIsNoLongerRefused) {
  const std::string body = test::event_body("activity", kActivity + 1, "create", kEventTime);
  const Timestamp received = clock_.now();
  take_in_as_unknown("refused", body, test::signature_by(kKey, body, received));
  take_in_as_unknown("forged", test::event_body("activity", kActivity + 2, "create", kEventTime),
                     test::signature_by("another key", body, received));
  clock_.advance(1h);

  const Replayed replayed = run(config::SignatureCheck::kRequire);

  EXPECT_EQ(replayed.events, 1U);
  EXPECT_EQ(replayed.jobs, 1U);
  EXPECT_EQ(replayed.refused, 2U) << "that of the fixture is not signed";
  EXPECT_TRUE(jobs_.find(Wish::kFetch, kActivity + 1, kAthlete));
  EXPECT_TRUE(events_.newest_on("activity", kActivity + 1, kAthlete)) << "it has its say again";
  EXPECT_THAT(kinds(), testing::ElementsAre("activity.create", "activity.create", "unknown"));
  for (int times = 0; times < 2; ++times) {
    store::Counters counters(store_.database());
    for (const char* name : {store::counter::kEvent, store::counter::kRightSignature}) {
      EXPECT_EQ(counters.get(name).count, 1) << name;
      EXPECT_EQ(counters.get(name).last, received) << name;
    }
    run(config::SignatureCheck::kRequire);
  }
}

/// Nor of what came in while none was required.
TEST_F(ReplayTest, MakesNothingOfWhatLacksARightSignatureWhereOneIsRequired) {
  const Replayed replayed = run(config::SignatureCheck::kRequire);
  EXPECT_EQ(replayed.events, 0U);
  EXPECT_EQ(replayed.refused, 1U);
  EXPECT_FALSE(jobs_.next_due());
  EXPECT_THAT(kinds(), testing::ElementsAre("activity.create")) << "and lets it be";
}

TEST_F(ReplayTest, BringsBackWhatWasRefusedOnceNoneIsRequired) {
  take_in_as_unknown("refused", test::event_body("activity", kActivity + 1, "create", kEventTime));
  EXPECT_EQ(run(config::SignatureCheck::kLog).jobs, 2U);
  EXPECT_EQ(store::Counters(store_.database()).get(store::counter::kRightSignature).count, 0);
}

TEST_F(ReplayTest, LeavesTestsAndWhatCannotBeReadAnyMoreForWhatTheyAre) {
  take_in_as_unknown("test", event::test_event_body(event::Kind::kActivityCreate, "marker",
                                                    clock_.now(), std::nullopt));
  event::Event event;
  event.object_type = "activity";
  event.object_id = kActivity + 1;
  event.owner_id = kAthlete;
  events_.add({"wiped", clock_.now(), event, "", ""});
  events_.add({"no event", clock_.now(), event, "{}", ""});
  run();
  EXPECT_THAT(kinds(), testing::ElementsAre("activity.create", "unknown", "unknown", "unknown"));
}

/// It would have the last word for as long.
TEST_F(ReplayTest, TakesAnEventFromTheFutureForOneOfWhenItWasReceived) {
  take_in_as_unknown("future", test::event_body("activity", kActivity + 1, "create",
                                                kEventTime + std::chrono::days(3650)));
  run();
  const auto job = jobs_.find(Wish::kFetch, kActivity + 1, kAthlete);
  ASSERT_TRUE(job);
  EXPECT_LE(job->event_time, clock_.now() + 5s);
}

/// The fetcher goes on meanwhile.
TEST_F(ReplayTest, LeavesTheStoreToOthersWhileItReads) {
  store::Database other(store_.url());
  store_.database().patience().limit(0ms);
  const store::Transaction held(other);
  const Judge judge((Signatures()));
  EXPECT_EQ(replay(store_.database(), judge, clock_.now(), std::nullopt, clock_.now()).events, 0U);
}

TEST_F(ReplayTest, HoldsOneEventAtATimeInMemory) {
  if (HOOKSPOOL_HAS_SANITIZER != 0) GTEST_SKIP() << "a sanitizer keeps what was freed";
  constexpr std::size_t kBodies = 64 * 1024 * 1024;
  constexpr std::size_t kBody = 32 * 1024;
  const std::string long_title(kBody, 'x');
  store::Transaction transaction(store_.database());
  for (std::size_t i = 0; i < kBodies / kBody; ++i) {
    take_in("record-" + std::to_string(i),
            test::event_body("activity", kActivity, "update", kEventTime,
                             R"("title":")" + long_title + '"'));
  }
  transaction.commit();
  const std::size_t before = test::resident_memory().now;
  test::forget_most_resident_memory();

  EXPECT_EQ(run().events, 1 + kBodies / kBody);

  EXPECT_LT(test::resident_memory().most, before + kBodies / 4);
}

TEST_F(ReplayTest, LeavesAJobThatWaitsAsItIs) {
  want_fresh(Wish::kRemove, kActivity);
  EXPECT_EQ(run().waiting, 1U);
  EXPECT_EQ(job().lane, Lane::kFresh);
  EXPECT_EQ(job().wish, Wish::kRemove);
  EXPECT_EQ(job().revision, 1);
}

TEST_F(ReplayTest, MakesADeadJobAnew) {
  want_fresh(Wish::kRemove, kActivity);
  const store::Job claimed = claim(Lane::kFresh).at(0);
  jobs_.bury(claimed, "us", "403 Forbidden");
  EXPECT_EQ(run().waiting, 0U);
  EXPECT_FALSE(job().dead);
  EXPECT_EQ(job().lane, Lane::kReconcile);
  EXPECT_EQ(job().wish, Wish::kFetch);
  EXPECT_EQ(job().attempts, 0);
  EXPECT_FALSE(job().last_error);
}

}  // namespace
}  // namespace hookspool::fetcher
