#include "fetcher/ingest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "event/test_event.h"
#include "fetcher/spooled_events.h"
#include "spool/file_system.h"
#include "spool/layout.h"
#include "spool/lock.h"
#include "spool/reader.h"
#include "spool/seal.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/authorizations.h"
#include "store/counters.h"
#include "store/events.h"
#include "store/job_report.h"
#include "store/jobs.h"
#include "store/temporary_store.h"
#include "support/failing_file_system.h"
#include "support/fake_clock.h"
#include "support/temporary_directory.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using store::Wish;

constexpr std::int64_t kActivity = 14919682220;
constexpr event::AthleteId kAthlete{134815};
constexpr event::AthleteId kOther{227615};
constexpr event::AthleteId kStopped{227616};
constexpr event::AthleteId kStranger{99};
constexpr const char* kKey = "key-of-the-signatures";

class IngestTest : public testing::Test {
 protected:
  /// An event on kActivity that happened `second` seconds after the test began.
  std::string event(const std::string& aspect, int second, const std::string& updates = "") const {
    return test::event_body("activity", kActivity, aspect, start_ + std::chrono::seconds(second),
                            updates);
  }
  /// One that names that owner.
  std::string event_of(event::AthleteId owner, const std::string& aspect, int second) const {
    return test::event_body("activity", kActivity, aspect, start_ + std::chrono::seconds(second),
                            "", static_cast<std::int64_t>(owner));
  }
  void add_athlete(event::AthleteId id) {
    store::Athlete athlete;
    athlete.id = id;
    store::Athletes(store_.database()).put(athlete, clock_.now());
  }
  void spool(const std::string& body) { test::spool_body(layout_, clock_.now(), body); }
  void spool_signed(const std::string& key, const std::string& body) {
    test::spool_body(layout_, clock_.now(), body, test::signature_by(key, body, clock_.now()));
  }
  Ingest::Summary ingest() { return ingest_.run(); }
  Ingest::Summary ingest_checking(config::SignatureCheck check) {
    Ingest ingest(reader_, authorizations_, store_.database(), clock_, changes_,
                  {check, Secret(kKey)});
    return ingest.run();
  }
  std::int64_t counted(const char* name) {
    return store::Counters(store_.database()).get(name).count;
  }
  /// What the events come to, taken one by one in that order while the job waits.
  std::optional<store::Job> job_after(const std::vector<std::string>& bodies) {
    for (const std::string& body : bodies) spool(body);
    ingest();
    return job();
  }
  std::optional<store::Job> job() { return jobs_.find(Wish::kFetch, kActivity, kAthlete); }
  void store_activity(Timestamp fetched) {
    store::StoredActivity activity;
    activity.id = event::ActivityId{kActivity};
    activity.athlete_id = kAthlete;
    activity.fetched = fetched;
    activity.json = "{}";
    store::Activities(store_.database()).put(activity);
  }
  /// That the athlete has such a job, as the event of that second asked for it.
  void expect_job(event::AthleteId athlete, Wish wish, int second) {
    const auto job = jobs_.find(wish, kActivity, athlete);
    ASSERT_TRUE(job);
    EXPECT_EQ(job->wish, wish);
    EXPECT_EQ(job->event_time, start_ + std::chrono::seconds(second));
    EXPECT_FALSE(job->dead);
  }
  /// The job, as it waits for another look at what was fetched.
  store::Job settling_job() {
    jobs_.want(Wish::kFetch, kActivity, kAthlete, start_, clock_.now());
    const auto claimed =
        jobs_.claim(store::Lane::kFresh, 1, "us", clock_.now(), clock_.now() + 1min).at(0);
    jobs_.settle(claimed, "us", start_, clock_.now() + 5min);
    return claimed;
  }
  void work_off() {
    for (const store::Job& job :
         jobs_.claim(store::Lane::kFresh, 10, "us", clock_.now(), clock_.now() + 1min)) {
      jobs_.finish(job, "us");
    }
  }

  test::TemporaryStore store_;
  test::TemporaryDirectory directory_;
  spool::Layout layout_{directory_ / "spool"};
  test::FakeClock clock_;
  spool::Reader reader_{layout_.root(), spool::real_file_system(), clock_};
  spool::PendingAuthorizations authorizations_{layout_, clock_};
  Changes changes_{store_.database(), clock_, {}};
  Ingest ingest_{reader_, authorizations_, store_.database(), clock_, changes_, {}};
  store::Jobs jobs_{store_.database()};
  store::Events events_{store_.database()};
  const std::chrono::sys_seconds start_ = std::chrono::floor<std::chrono::seconds>(clock_.now());
};

TEST_F(IngestTest, TakesNothingFromASpoolThatIsNotThere) {
  EXPECT_EQ(ingest().records, 0U);
}

TEST_F(IngestTest, MakesAJobOfAnEventAndRemovesTheSegment) {
  spool(event("create", 0));

  const Ingest::Summary summary = ingest();

  EXPECT_EQ(summary.records, 1U);
  EXPECT_EQ(summary.events, 1U);
  ASSERT_TRUE(job());
  EXPECT_EQ(job()->wish, Wish::kFetch);
  EXPECT_EQ(job()->athlete_id, kAthlete);
  EXPECT_EQ(job()->due, clock_.now());
  EXPECT_EQ(events_.count(), 1);
  EXPECT_TRUE(std::filesystem::is_empty(layout_.sealed()));
  EXPECT_FALSE(std::filesystem::exists(layout_.current()));
}

TEST_F(IngestTest, MakesAJobForTheAthleteOfADeauthorization) {
  spool(test::event_body("athlete", 134815, "update", start_, R"("authorized":"false")"));

  ingest();

  ASSERT_TRUE(jobs_.find(Wish::kDeauthorize, 134815, kAthlete));
  EXPECT_EQ(jobs_.find(Wish::kDeauthorize, 134815, kAthlete)->wish, Wish::kDeauthorize);
}

/// The journal forgets, and tests are not Strava's.
TEST_F(IngestTest, KeepsCountOfWhatStravaTold) {
  store::Counters counters(store_.database());
  spool(event::test_event_body(event::Kind::kActivityCreate, "marker", clock_.now(), {}));
  ingest();
  EXPECT_EQ(counters.get(store::counter::kEvent).count, 0);

  spool(event("create", 0));
  const Timestamp received = clock_.now();
  clock_.advance(1h);
  ingest();
  spool(event("create", 0));
  EXPECT_EQ(counters.get(store::counter::kEvent).count, 1);
  EXPECT_EQ(counters.get(store::counter::kEvent).last, received);
}

/// As one that is stopped, or whose disk hangs.
TEST_F(IngestTest, TakesWhatIsSealedWhileAProcessDoesNotLetGoOfTheLock) {
  spool(event("create", 0));
  spool::seal_current(spool::real_file_system(), layout_, clock_.now());
  spool(event("update", 1));
  {
    spool::Lock lock(spool::real_file_system(), layout_);
    const spool::Lock::Held held = lock.hold();
    testing::internal::CaptureStderr();
    EXPECT_EQ(ingest().records, 1U);
    const auto fault = ingest().fault;
    const std::string log = testing::internal::GetCapturedStderr();

    ASSERT_TRUE(fault);
    EXPECT_THAT(fault->what(), testing::HasSubstr(layout_.lock().string()));
    EXPECT_THAT(log, testing::HasSubstr("newer events wait in the spool"));
    EXPECT_EQ(log.find("cannot"), log.rfind("cannot")) << "told once";
  }
  const Ingest::Summary summary = ingest();
  EXPECT_EQ(summary.records, 1U);
  EXPECT_FALSE(summary.fault);
}

/// The fetcher was killed after the commit and before the removal of the segment.
TEST_F(IngestTest, ChangesNothingWhenASegmentIsReadAgain) {
  spool(event("create", 0));
  const auto copy = directory_ / "copy";
  std::filesystem::copy_file(layout_.current(), copy);
  ingest();
  work_off();
  std::filesystem::rename(copy, layout_.current());

  const Ingest::Summary summary = ingest();

  EXPECT_EQ(summary.records, 1U);
  EXPECT_EQ(summary.events, 0U);
  EXPECT_FALSE(job());
  EXPECT_TRUE(std::filesystem::is_empty(layout_.sealed()));
}

// Events that name several athletes as the owner of one activity

/// Whose it is shows when they are asked.
TEST_F(IngestTest, KeepsApartWhatEachAthletesEventsAskFor) {
  add_athlete(kAthlete);
  add_athlete(kOther);
  add_athlete(kStopped);
  store::Athletes(store_.database()).stop(kStopped, "401");
  spool(event_of(kOther, "create", 4));
  spool(event("create", 0));
  for (const event::AthleteId other : {kOther, kStopped, kStranger}) {
    for (const char* aspect : {"update", "delete"}) spool(event_of(other, aspect, 5));
  }
  ingest();

  expect_job(kAthlete, Wish::kFetch, 0);
  for (const event::AthleteId other : {kOther, kStopped, kStranger}) {
    expect_job(other, Wish::kRemove, 5);
  }
}

TEST_F(IngestTest, LetsAStoppedAthletesJobWaitWhateverAnothersEventSays) {
  add_athlete(kAthlete);
  add_athlete(kOther);
  spool(event("create", 0));
  ingest();
  store::Athletes(store_.database()).stop(kAthlete, "401");
  for (const char* aspect : {"create", "delete"}) spool(event_of(kOther, aspect, 5));
  ingest();

  expect_job(kAthlete, Wish::kFetch, 0);
}

TEST_F(IngestTest, LeavesWhatAListHasAskedForWhateverAnothersEventSays) {
  add_athlete(kAthlete);
  jobs_.add({store::Lane::kBackfill, Wish::kFetch, kActivity, kAthlete, start_}, clock_.now());
  for (const char* aspect : {"create", "delete"}) spool(event_of(kOther, aspect, 5));
  ingest();

  expect_job(kAthlete, Wish::kFetch, 0);
  EXPECT_EQ(job()->lane, store::Lane::kBackfill);
}

TEST_F(IngestTest, GivesTheOwnWordOfAnAthleteItsWeightWhateverAnothersEventSaid) {
  spool(event_of(kOther, "delete", 4));
  ingest();
  work_off();
  spool(event("create", 0));
  ingest();

  expect_job(kAthlete, Wish::kFetch, 0);
}

TEST_F(IngestTest, MakesNoJobOfAnothersEventOnWhatStravaHasShownSince) {
  store_activity(clock_.now());
  int second = -1;
  for (const event::AthleteId other : {kOther, kStranger}) {
    spool(event_of(other, "update", second));
    spool(event_of(other, "delete", second - 600));
    ingest();

    EXPECT_FALSE(jobs_.next_due());
  }
}

/// As the removal that it is, its answer without words is proof enough, and a 200 is counted.
TEST_F(IngestTest, LeavesARemovalOneWhateverChangeIsAnnouncedBehindIt) {
  store_activity(clock_.now());
  for (const std::string& change : {event("update", 2), event_of(kStranger, "update", 2)}) {
    spool(event("delete", 1));
    spool(change);
    ingest();

    expect_job(kAthlete, Wish::kRemove, 2);
    work_off();
  }
}

TEST_F(IngestTest, HasADeletionAskForStreamsOnlyWhereTheyWereOwed) {
  store_activity(clock_.now());
  spool(event("delete", 1));
  ingest();
  EXPECT_FALSE(job()->with_streams);
  spool(event("update", 2));
  ingest();
  EXPECT_TRUE(job()->with_streams);
  spool(event("delete", 3));
  ingest();
  EXPECT_TRUE(job()->with_streams) << "the change asked for them";
  work_off();

  const store::Job settling = settling_job();
  spool(event("delete", 4));
  ingest();
  EXPECT_EQ(job()->id, settling.id);
  EXPECT_FALSE(job()->with_streams) << "its next look brings them";
  work_off();

  jobs_.want(Wish::kFetch, kActivity, kAthlete, start_, clock_.now());
  jobs_.bury(jobs_.claim(store::Lane::kFresh, 1, "us", clock_.now(), clock_.now() + 1min).at(0),
             "us", "403 Forbidden");
  spool(event("delete", 5));
  ingest();
  EXPECT_TRUE(job()->with_streams) << "the job that was given up owed them";
}

/// The deletion may be forged, and would end it without a call.
TEST_F(IngestTest, LetsADeletionEndNothingThatAListOrdered) {
  for (const auto lane : {store::Lane::kBackfill, store::Lane::kReconcile}) {
    jobs_.add({lane, Wish::kFetch, kActivity, kAthlete, start_}, clock_.now());
    spool(event("delete", 1));
    ingest();

    EXPECT_EQ(job()->lane, lane);
    EXPECT_EQ(job()->wish, Wish::kFetch);
    jobs_.drop(Wish::kFetch, kActivity, kAthlete);
    store_.database().session() << "DELETE FROM events";
  }
}

TEST_F(IngestTest, HasADeletionAskOnceMoreForWhatWasGivenUp) {
  jobs_.want(Wish::kFetch, kActivity, kAthlete, start_, clock_.now());
  jobs_.bury(jobs_.claim(store::Lane::kFresh, 1, "us", clock_.now(), clock_.now() + 1min).at(0),
             "us", "403 Forbidden");
  spool(event("delete", 1));
  ingest();

  EXPECT_FALSE(job()->dead);
  EXPECT_EQ(job()->wish, Wish::kFetch);
}

/// Nobody announced it, so that it is not to be counted as forged.
TEST_F(IngestTest, MakesALookOfARemovalThatAListOrdered) {
  store_activity(clock_.now());
  jobs_.add({store::Lane::kReconcile, Wish::kRemove, kActivity, kAthlete, start_}, clock_.now());
  spool(event("update", 2));
  ingest();

  expect_job(kAthlete, Wish::kFetch, 2);
}

/// What was asked before it is no answer to it.
TEST_F(IngestTest, HasARemovalInHandAskedForAgainForAChangeBehindIt) {
  store_activity(clock_.now());
  spool(event("delete", 1));
  ingest();
  const auto in_hand =
      jobs_.claim(store::Lane::kFresh, 1, "us", clock_.now(), clock_.now() + 1min).at(0);
  spool(event("update", 2));
  ingest();
  jobs_.finish(in_hand, "us");

  expect_job(kAthlete, Wish::kRemove, 2);
}

TEST_F(IngestTest, MakesOneJobOfDeauthorizationsOfOneAthleteWhateverTheyAreOn) {
  for (const std::int64_t object : {134815, 7, 8}) {
    spool(test::event_body("athlete", object, "update", start_, R"("authorized":"false")", 134815));
  }
  ingest();

  EXPECT_EQ(jobs_.claim(store::Lane::kFresh, 9, "us", clock_.now(), clock_.now() + 1min).size(),
            1U);
  EXPECT_TRUE(jobs_.find(Wish::kDeauthorize, 134815, kAthlete));
}

/// Only with the owner's token Strava's 404 says that it is gone.
TEST_F(IngestTest, HasTheOwnerAskedForWhatIsStoredWhomeverTheEventNames) {
  store_activity(clock_.now());
  for (const event::AthleteId other : {kOther, kStranger}) {
    spool(event_of(other, "delete", 5));
    ingest();

    expect_job(kAthlete, Wish::kRemove, 5);
    EXPECT_FALSE(jobs_.find(Wish::kRemove, kActivity, other));
    work_off();
  }
}

TEST_F(IngestTest, KeepsASegmentThatTheStoreDidNotTake) {
  spool(event("create", 0));
  store::Database other(store_.url());
  store_.database().patience().limit(0ms);
  {
    const store::Transaction held(other);
    EXPECT_THROW(ingest(), store::StoreError);
  }
  EXPECT_FALSE(std::filesystem::is_empty(layout_.sealed()));

  ingest();

  EXPECT_TRUE(job());
  EXPECT_TRUE(std::filesystem::is_empty(layout_.sealed()));
}

TEST_F(IngestTest, QuarantinesADamagedLineAndTakesTheOthers) {
  test::append_to_spool(layout_, "00000000 {\"torn\n");
  spool(event("create", 0));

  const Ingest::Summary summary = ingest();

  EXPECT_EQ(summary.quarantined, 1U);
  EXPECT_EQ(summary.events, 1U);
  EXPECT_FALSE(std::filesystem::is_empty(layout_.quarantine()));
}

TEST_F(IngestTest, KeepsWhatIsNoEventWithoutAJob) {
  spool("[]");

  EXPECT_EQ(ingest().events, 1U);
  EXPECT_EQ(events_.count(), 1);
  EXPECT_FALSE(jobs_.next_due());
}

TEST_F(IngestTest, KeepsAnEventOfAKindThatIsNewWithoutAJob) {
  spool(test::event_body("segment", 7, "create", start_));

  EXPECT_EQ(ingest().events, 1U);
  EXPECT_FALSE(jobs_.next_due());
}

// A segment that the system refuses.

/// A directory by a segment's name can be opened and not be read.
TEST_F(IngestTest, TakesTheOthersWhereASegmentCannotBeRead) {
  const auto unreadable = layout_.sealed() / ("0" + std::string(spool::kSegmentSuffix));
  std::filesystem::create_directories(unreadable);
  spool(event("create", 0));

  const Ingest::Summary summary = ingest();

  EXPECT_EQ(summary.events, 1U);
  EXPECT_TRUE(job());
  ASSERT_TRUE(summary.fault);
  EXPECT_EQ(summary.fault->exit_code(), ExitCode::kSystem);
  EXPECT_THAT(summary.fault->what(), testing::HasSubstr(unreadable.string()));
  EXPECT_TRUE(std::filesystem::exists(unreadable));
}

TEST_F(IngestTest, HasNothingToReportOnceASegmentWasMovedAway) {
  const auto unreadable = layout_.sealed() / ("0" + std::string(spool::kSegmentSuffix));
  std::filesystem::create_directories(unreadable);
  EXPECT_TRUE(ingest().fault);
  EXPECT_TRUE(ingest().fault) << "it is still there";
  std::filesystem::remove(unreadable);

  EXPECT_FALSE(ingest().fault);
}

/// Whichever call fails, the events of the other segment are taken in the same pass, and those of
/// the one that it failed for when it is tried again.
TEST_F(IngestTest, LosesNothingWhicheverCallIsRefusedForASegment) {
  for (const std::string call : {"open", "read_at", "write", "fdatasync", "rename", "remove"}) {
    test::TemporaryStore store;
    const test::TemporaryDirectory directory;
    const spool::Layout layout{directory / "spool"};
    // Both hold a damaged line, so that there is something to quarantine.
    for (const std::int64_t activity : {1, 2}) {
      test::append_to_spool(layout, "00000000 {\"torn\n");
      test::spool_body(layout, clock_.now(),
                       test::event_body("activity", activity, "create", start_));
      spool::Reader(layout.root(), spool::real_file_system(), clock_).seal();
      clock_.advance(1s);
    }
    bool has_failed = false;
    bool is_sealed = false;
    test::FailingFileSystem files([&](const std::string& name, int) {
      // What comes before the segments are listed is about the spool itself.
      if (name == "list") is_sealed = true;
      const bool fails = is_sealed && !has_failed && name == call;
      if (fails) has_failed = true;
      return fails ? EIO : 0;
    });
    spool::Reader reader(layout.root(), files, clock_);
    const spool::PendingAuthorizations authorizations(layout, clock_);
    Changes changes(store.database(), clock_, {});
    Ingest ingest(reader, authorizations, store.database(), clock_, changes, {});
    store::Jobs jobs(store.database());

    EXPECT_TRUE(ingest.run().fault) << call;
    EXPECT_TRUE(jobs.find(Wish::kFetch, 2, kAthlete)) << call;
    const int calls = files.calls();
    EXPECT_TRUE(ingest.run().fault) << call;
    EXPECT_LT(files.calls() - calls, 5) << call << ": it is left alone for a while";
    // Until then, or until the clock is set back behind the moment at which it failed.
    clock_.advance(call == "open" ? -24h : 10min);

    EXPECT_FALSE(ingest.run().fault) << call;
    EXPECT_TRUE(jobs.find(Wish::kFetch, 1, kAthlete)) << call;
    EXPECT_TRUE(std::filesystem::is_empty(layout.sealed())) << call;
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(layout.quarantine()), {}), 2)
        << call;
  }
}

// What the events on one object come to. fetcher/reduce_test.cpp has every case.

TEST_F(IngestTest, MakesOneJobOfManyEvents) {
  const auto job = job_after({event("create", 0), event("update", 1, R"("title":"Messy")"),
                              event("update", 2, R"("title":"Tidy")")});

  ASSERT_TRUE(job);
  EXPECT_EQ(job->wish, Wish::kFetch);
  EXPECT_EQ(store::JobReport(store_.database()).counts(clock_.now()).waiting, 1);
}

TEST_F(IngestTest, LetsTheDeletionWinWhateverTheOrder) {
  EXPECT_EQ(job_after({event("create", 0), event("delete", 1)})->wish, Wish::kRemove);
}

TEST_F(IngestTest, LetsTheDeletionWinThatCameFirst) {
  EXPECT_EQ(job_after({event("delete", 1), event("create", 0)})->wish, Wish::kRemove);
}

TEST_F(IngestTest, LetsTheDeletionWinOfTheSameSecond) {
  EXPECT_EQ(job_after({event("delete", 0), event("create", 0)})->wish, Wish::kRemove);
}

TEST_F(IngestTest, MakesNoJobOfADeliveryThatStravaRepeats) {
  spool(event("create", 0));
  ingest();
  work_off();
  spool(event("create", 0));

  EXPECT_EQ(ingest().events, 1U);
  EXPECT_FALSE(job());
}

TEST_F(IngestTest, MakesAJobOfAnotherChangeInTheSecondOfOneThatWasDone) {
  spool(event("create", 0));
  ingest();
  work_off();

  EXPECT_TRUE(job_after({event("update", 0, R"("title":"Messy")")}));
}

TEST_F(IngestTest, MakesNoJobOfAnEventOlderThanWhatWasDone) {
  spool(event("update", 5, R"("title":"Messy")"));
  ingest();
  work_off();

  EXPECT_FALSE(job_after({event("create", 0)}));
}

TEST_F(IngestTest, LooksOnceForAnActivityWhoseDeletionWasDealtWith) {
  spool(event("delete", 5));
  ingest();
  work_off();

  EXPECT_EQ(job_after({event("create", 0)})->wish, Wish::kFetch);
}

TEST_F(IngestTest, RevivesADeadJobByANewerEventOnly) {
  spool(event("update", 5, R"("title":"Messy")"));
  ingest();
  for (const store::Job& job :
       jobs_.claim(store::Lane::kFresh, 10, "us", clock_.now(), clock_.now() + 1min)) {
    jobs_.bury(job, "us", "403 Forbidden");
  }

  EXPECT_TRUE(job_after({event("create", 0)})->dead);
  EXPECT_FALSE(job_after({event("update", 6, R"("title":"Tidy")")})->dead);
}

/// Forged, it would else decide about the activity until the year 2030.
TEST_F(IngestTest, GivesAnEventFromTheFutureNoLastWord) {
  constexpr int kFourYears = 4 * 365 * 86400;
  spool(event("update", kFourYears));
  ingest();
  work_off();
  clock_.advance(20min);

  EXPECT_EQ(job_after({event("delete", 20 * 60)})->wish, Wish::kRemove);
}

/// Forged, it would else have the last word until its time comes.
TEST_F(IngestTest, GivesAnEventOfMinutesAheadNoLastWordOverADeletion) {
  spool(event("update", 590, R"("type":"Walk")"));
  ingest();
  work_off();
  clock_.advance(6s);

  EXPECT_EQ(job_after({event("delete", 6)})->wish, Wish::kRemove);
}

/// Its title was applied at once, so that nobody asked Strava after the deletion.
TEST_F(IngestTest, LooksForADeletionThatCameAfterALaterEventIfStravaWasNotAskedSince) {
  store_activity(start_);
  EXPECT_FALSE(job_after({event("update", 4, R"("title":"Messy")")}));
  EXPECT_EQ(job_after({event("delete", 2)})->wish, Wish::kRemove);
}

TEST_F(IngestTest, LooksForADeletionThatCameWhileALaterEventWaits) {
  store_activity(start_);
  EXPECT_EQ(job_after({event("update", 4, R"("type":"Walk")")})->wish, Wish::kFetch);
  EXPECT_EQ(job_after({event("delete", 2)})->wish, Wish::kRemove);
}

TEST_F(IngestTest, MakesNoJobOfADeletionThatStravaHasProvedWrongSince) {
  clock_.advance(1h);
  spool(event("update", 3590, R"("type":"Walk")"));
  ingest();
  work_off();
  store_activity(start_ + 59min);

  EXPECT_FALSE(job_after({event("delete", 2)}));
}

/// The deletion was announced before it took place, to the letter and to the second.
TEST_F(IngestTest, LooksForADeletionThatWasForgedBefore) {
  store_activity(start_ - 1min);
  spool(event("delete", 2));
  ingest();
  work_off();

  EXPECT_EQ(job_after({event("delete", 2)})->wish, Wish::kRemove);
}

TEST_F(IngestTest, LooksForAChangeThatCameAfterALaterTitleWasApplied) {
  store_activity(start_);
  EXPECT_FALSE(job_after({event("update", 4, R"("title":"Messy")")}));
  EXPECT_TRUE(job_after({event("update", 2, R"("type":"Walk")")}));
}

TEST_F(IngestTest, LooksForADeauthorizationThatWasForgedBefore) {
  const auto deauthorization = [this](int second) {
    return test::event_body("athlete", 134815, "update", start_ + std::chrono::seconds(second),
                            R"("authorized":"false")");
  };
  for (const int second : {4, 2, 2}) {
    spool(deauthorization(second));
    ingest();
    EXPECT_TRUE(jobs_.find(Wish::kDeauthorize, 134815, kAthlete));
    work_off();
  }
}

TEST_F(IngestTest, TakesAnAuthorizationOnceAndNotForAnEvent) {
  const std::string state = authorizations_.begin();
  spool(event::to_body({state, Secret("c0de-1"), "read", ""}));
  spool(event::to_body({state, Secret("c0de-2"), "read", ""}));

  EXPECT_EQ(ingest().events, 0U);

  EXPECT_EQ(events_.count(), 0);
  EXPECT_FALSE(authorizations_.is_pending(state)) << "it is used up";
  store::Authorizations stored(store_.database());
  const auto waiting = stored.claim("us", clock_.now(), clock_.now() + 1min);
  ASSERT_TRUE(waiting);
  EXPECT_EQ(waiting->code.reveal(), "c0de-1");
  EXPECT_FALSE(stored.claim("us", clock_.now(), clock_.now() + 1min));
}

TEST_F(IngestTest, NotesATestAndLetsNothingFollowFromIt) {
  spool(event::test_event_body(event::Kind::kActivityDelete, "the-marker", clock_.now(), {}));

  EXPECT_EQ(ingest().events, 1U);

  EXPECT_TRUE(events_.has_test("the-marker"));
  EXPECT_FALSE(events_.has_test("another"));
  EXPECT_FALSE(jobs_.next_due());
  EXPECT_FALSE(events_.newest_on("activity", 1, event::AthleteId{1})) << "it has no say";
}

// Signatures

TEST_F(IngestTest, LetsNothingFollowFromAnEventWithoutARightSignatureWhereOneIsRequired) {
  spool(event("create", 0));
  spool_signed("another key", event("update", 1));
  ingest_checking(config::SignatureCheck::kRequire);
  EXPECT_EQ(counted(store::counter::kWrongSignature), 2);
  EXPECT_EQ(events_.count(), 2) << "they are kept in the journal";
  EXPECT_FALSE(job());
  EXPECT_EQ(counted(store::counter::kEvent), 0);

  spool_signed(kKey, event("update", 2));
  ingest_checking(config::SignatureCheck::kRequire);
  EXPECT_EQ(counted(store::counter::kRightSignature), 1);
  EXPECT_TRUE(job());
}

TEST_F(IngestTest, OnlyCountsWrongSignaturesWhereNoneIsRequired) {
  spool(event("create", 0));
  spool_signed("another key", event("update", 1));
  ingest_checking(config::SignatureCheck::kLog);
  EXPECT_EQ(counted(store::counter::kWrongSignature), 1);
  EXPECT_TRUE(job());
}

TEST_F(IngestTest, CountsNoSignatureAgainWhenASegmentIsReadAgain) {
  spool_signed(kKey, event("create", 0));
  spool_signed("another key", event("update", 1));
  const auto copy = directory_ / "copy";
  std::filesystem::copy_file(layout_.current(), copy);
  ingest_checking(config::SignatureCheck::kRequire);
  std::filesystem::rename(copy, layout_.current());
  testing::internal::CaptureStderr();

  ingest_checking(config::SignatureCheck::kRequire);

  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(counted(store::counter::kRightSignature), 1);
  EXPECT_EQ(counted(store::counter::kWrongSignature), 1);
}

/// So that it can be told whether a right one came behind a wrong one, also in one batch.
TEST_F(IngestTest, KnowsWhenTheLastEventOfEachSignatureWasReceived) {
  spool_signed("another key", event("create", 0));
  const Timestamp wrong = clock_.now();
  clock_.advance(1min);
  spool_signed(kKey, event("update", 1));
  const Timestamp right = clock_.now();
  clock_.advance(1h);
  ingest_checking(config::SignatureCheck::kRequire);

  store::Counters counters(store_.database());
  EXPECT_EQ(counters.get(store::counter::kWrongSignature).last, wrong);
  EXPECT_EQ(counters.get(store::counter::kRightSignature).last, right);
}

TEST_F(IngestTest, TellsOfWrongSignaturesOnlyOnceTheStoreHasTakenThem) {
  spool_signed("another key", event("create", 0));
  store_.database().session() << "CREATE TABLE lost (parent REFERENCES athletes (id) "
                                 "DEFERRABLE INITIALLY DEFERRED)";
  store_.database().session() << "CREATE TRIGGER lose AFTER INSERT ON events BEGIN "
                                 "INSERT INTO lost VALUES (-1); END";
  testing::internal::CaptureStderr();
  EXPECT_THROW(ingest_checking(config::SignatureCheck::kLog), store::StoreError);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(counted(store::counter::kWrongSignature), 0);

  store_.database().session() << "DROP TRIGGER lose";
  testing::internal::CaptureStderr();
  ingest_checking(config::SignatureCheck::kLog);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr("events without a right signature: 1"));
}

}  // namespace
}  // namespace hookspool::fetcher
