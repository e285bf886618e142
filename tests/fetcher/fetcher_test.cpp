#include "fetcher/fetcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "fetcher/scripted_process.h"
#include "fetcher/spooled_events.h"
#include "spool/file_system.h"
#include "spool/layout.h"
#include "spool/seal.h"
#include "store/activities.h"
#include "store/authorizations.h"
#include "store/jobs.h"
#include "store/notifications.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"
#include "support/kept_signal_mask.h"
#include "support/temporary_directory.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using test::activity_json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr event::AthleteId kAthlete{134815};

/// Time goes on only while nothing is under way: a sleep takes as long as the test says.
class SleepingTransport final : public strava::HttpTransport {
 public:
  /// For how long it slept, given the number of sleeps before and the most that it may.
  using Sleep = std::function<milliseconds(std::size_t before, milliseconds most)>;

  SleepingTransport(test::ScriptedTransport& scripted, test::FakeClock& clock)
      : scripted_(scripted), clock_(clock) {}

  /// What happens in each sleep; without it SIGTERM ends the first.
  void while_asleep(Sleep sleep) { sleep_ = std::move(sleep); }
  /// What happens while the first requests are under way.
  void while_under_way(std::function<void()> action) { while_under_way_ = std::move(action); }
  /// What happens before an answer comes, in each wait until it returns false.
  void before_an_answer(std::function<bool()> action) { before_an_answer_ = std::move(action); }
  /// How long each sleep might have been.
  const std::vector<milliseconds>& sleeps() const { return sleeps_; }
  /// The same, while a request was under way.
  const std::vector<milliseconds>& waits() const { return waits_; }

  void start(strava::HttpRequest request, Completion completion) override {
    scripted_.start(std::move(request), std::move(completion));
  }
  void wait(milliseconds timeout, std::span<const int> wake_on) override {
    if (scripted_.in_flight() > 0) {
      waits_.push_back(timeout);
      if (before_an_answer_()) return scripted_.send();
      std::exchange(while_under_way_, [] {})();
      return scripted_.wait(timeout, wake_on);
    }
    const milliseconds slept = sleep_(sleeps_.size(), timeout);
    sleeps_.push_back(timeout);
    clock_.advance(slept);
  }
  void withdraw() override { scripted_.withdraw(); }
  std::size_t in_flight() const override { return scripted_.in_flight(); }

 private:
  test::ScriptedTransport& scripted_;
  test::FakeClock& clock_;
  std::vector<milliseconds> sleeps_;
  std::vector<milliseconds> waits_;
  std::function<void()> while_under_way_ = [] {};
  std::function<bool()> before_an_answer_ = [] { return false; };
  Sleep sleep_ = [](std::size_t, milliseconds most) {
    ::raise(SIGTERM);
    return most;
  };
};

class FetcherTest : public testing::Test {
 protected:
  FetcherTest() {
    std::filesystem::create_directories(layout_.root());
    wake_ = std::make_unique<Wake>(layout_);
    store::Athletes(store_.database())
        .put(test::athlete_with_tokens(kAthlete, clock_.now(), 240h), clock_.now());
  }

  End run(Mode mode, const Fetcher::GoOn& go_on = {}) {
    Notifier notifier({us_.database, transport_, clock_}, notify_, "us", [] { return 0.0; });
    return Fetcher({ingest_, us_.tokens, us_.worker, us_.authorizer, notifier, housekeeper_, *wake_,
                    transport_, us_.database, clock_},
                   mode, 60s, go_on)
        .run();
  }
  void spool_create(std::int64_t activity) {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now());
    test::spool_body(layout_, clock_.now(), test::event_body("activity", activity, "create", now));
  }
  /// A directory by that name can be opened and not be read.
  void make_unreadable_segment() {
    std::filesystem::create_directories(layout_.sealed() /
                                        ("0" + std::string(spool::kSegmentSuffix)));
  }
  void will_give(std::int64_t activity) {
    us_.transport.will_answer(200, activity_json(activity, kAthlete));
  }
  bool is_stored(std::int64_t activity) {
    return store::Activities(store_.database()).find(event::ActivityId{activity}).has_value();
  }

  const test::KeptSignalMask mask_;
  test::TemporaryStore store_;
  test::TemporaryDirectory directory_;
  spool::Layout layout_{directory_ / "spool"};
  test::FakeClock clock_;
  test::ScriptedProcess us_{store_.url(), clock_, "us"};
  SleepingTransport transport_{us_.transport, clock_};
  spool::Reader reader_{layout_.root(), spool::real_file_system(), clock_};
  spool::PendingAuthorizations authorizations_{layout_, clock_};
  Ingest ingest_{reader_, authorizations_, us_.database, clock_, us_.changes, {}};
  config::NotifyConfig notify_;
  Watchman watchman_{us_.database, clock_, us_.changes, {}, {}};
  Housekeeper housekeeper_{us_.database, clock_, us_.changes, {}, {}, watchman_};
  std::unique_ptr<Wake> wake_;
};

TEST_F(FetcherTest, OnceTakesWhatIsSpooledAndDoesWhatIsDue) {
  for (const std::int64_t id : {1, 2, 3, 4, 5, 6}) {
    spool_create(id);
    will_give(id);
  }

  EXPECT_EQ(run(Mode::kOnce), End::kDone);

  for (const std::int64_t id : {1, 2, 3, 4, 5, 6}) EXPECT_TRUE(is_stored(id));
  EXPECT_THAT(transport_.sleeps(), IsEmpty());
}

TEST_F(FetcherTest, OnceTradesTheCodesThatAreSpooled) {
  for (const char* state : {"state-1", "state-2"}) {
    test::spool_body(layout_, clock_.now(),
                     event::to_body({state, Secret("c0de"), "read,activity:read_all", ""}));
    us_.transport.will_answer(200,
                              R"({"access_token":"a","refresh_token":"r","athlete":{"id":7}})");
  }

  EXPECT_EQ(run(Mode::kOnce), End::kDone);

  EXPECT_TRUE(store::Athletes(store_.database()).find(event::AthleteId{7}));
  EXPECT_TRUE(store::Authorizations(store_.database()).outcome("state-2"));
}

TEST_F(FetcherTest, OnceLeavesWhatIsNotDueToTheNextTime) {
  spool_create(1);
  us_.transport.will_answer(503, "");

  EXPECT_EQ(run(Mode::kOnce), End::kDone);

  EXPECT_TRUE(store::Jobs(store_.database()).next_due());
}

TEST_F(FetcherTest, OnceSaysThatWorkIsDueAndEverythingWaits) {
  spool_create(1);
  us_.transport.will_answer(403, test::kInactive);

  EXPECT_EQ(run(Mode::kOnce), End::kWaiting);
  EXPECT_EQ(run(Mode::kOnce), End::kWaiting) << "the next time without a call";
}

TEST_F(FetcherTest, OnceSaysThatACodeWaitsBehindTokensThatAreNotKept) {
  store_.database().session() << "CREATE TRIGGER refuse BEFORE INSERT ON athletes "
                                 "BEGIN SELECT RAISE(ABORT, 'not now'); END";
  store::Authorizations authorizations(store_.database());
  authorizations.add({"state-1", Secret("c0de-1"), "read", ""}, clock_.now());
  authorizations.add({"state-2", Secret("c0de-2"), "read", ""}, clock_.now());
  us_.transport.will_answer(200, R"({"access_token":"a","refresh_token":"r","athlete":{"id":7}})");

  EXPECT_EQ(run(Mode::kOnce), End::kWaiting);

  EXPECT_EQ(us_.transport.requests().size(), 1U);
}

TEST_F(FetcherTest, OnceHasNothingToSayOfAPauseWithoutWork) {
  us_.gate.close(Gate::Reason::kApplication, "the application is inactive", clock_.now() + 15min);

  EXPECT_EQ(run(Mode::kOnce), End::kDone);
}

TEST_F(FetcherTest, DrainTakesWhatWasSpooledMeanwhile) {
  spool_create(1);
  transport_.while_under_way([this] { spool_create(2); });
  will_give(1);
  will_give(2);

  EXPECT_EQ(run(Mode::kDrain), End::kDone);

  EXPECT_TRUE(is_stored(1));
  EXPECT_TRUE(is_stored(2));
}

/// Of all processes that were put off none might do it else.
TEST_F(FetcherTest, OnceAndDrainDoWhatAnotherProcessesRefreshPutsOff) {
  store::Athletes athletes(store_.database());
  for (const Mode mode : {Mode::kOnce, Mode::kDrain}) {
    const std::int64_t id = mode == Mode::kOnce ? 1 : 2;
    athletes.put(test::athlete_with_tokens(kAthlete, clock_.now(), 1min), clock_.now());
    ASSERT_TRUE(athletes.lease_refresh(kAthlete, "they", clock_.now(), clock_.now() + 1min));
    transport_.while_asleep([&](std::size_t, milliseconds most) {
      athletes.put(test::athlete_with_tokens(kAthlete, clock_.now(), 240h), clock_.now());
      athletes.release_refresh(kAthlete, "they");
      return most;
    });
    spool_create(id);
    will_give(id);

    EXPECT_EQ(run(mode), End::kDone);
    EXPECT_TRUE(is_stored(id));
  }
}

TEST_F(FetcherTest, OnceAndDrainThrowWhenTheStoreRefuses) {
  us_.database.patience().limit(0ms);
  const store::Transaction held(store_.database());
  spool_create(1);

  EXPECT_THROW(run(Mode::kOnce), store::StoreError);
  EXPECT_THROW(run(Mode::kDrain), store::StoreError);
}

TEST_F(FetcherTest, OnceAndDrainDoEverythingElseBeforeTheyTellOfASegmentThatCannotBeRead) {
  make_unreadable_segment();
  for (const Mode mode : {Mode::kOnce, Mode::kDrain}) {
    const std::int64_t id = mode == Mode::kOnce ? 1 : 2;
    spool_create(id);
    will_give(id);
    try {
      run(mode);
      ADD_FAILURE() << "nothing was told";
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), ExitCode::kSystem);
    }
    EXPECT_TRUE(is_stored(id));
  }
}

TEST_F(FetcherTest, AServiceGoesOnWhereASegmentCannotBeRead) {
  make_unreadable_segment();
  spool_create(1);
  will_give(1);

  EXPECT_EQ(run(Mode::kUntilStopped), End::kDone);

  EXPECT_TRUE(is_stored(1));
  EXPECT_THAT(transport_.sleeps(), ElementsAre(60s)) << "without haste";
}

TEST_F(FetcherTest, AServiceEndsWhenItIsAskedTo) {
  ::raise(SIGTERM);

  EXPECT_EQ(run(Mode::kUntilStopped), End::kDone);
}

TEST_F(FetcherTest, AServiceFinishesWhatIsUnderWayAndBeginsNothingMore) {
  for (const std::int64_t id : {1, 2, 3, 4, 5}) spool_create(id);
  transport_.while_under_way([] { ::raise(SIGTERM); });
  for (const std::int64_t id : {1, 2, 3, 4}) will_give(id);

  EXPECT_EQ(run(Mode::kUntilStopped), End::kDone);

  EXPECT_TRUE(is_stored(4));
  EXPECT_FALSE(is_stored(5));
  EXPECT_EQ(store::Jobs(store_.database()).next_due(), clock_.now());
}

TEST_F(FetcherTest, AServiceSleepsAtAStopThoughAConsumerCouldBeTold) {
  notify_.urls = {"https://consumer.test"};
  Changes changes(us_.database, clock_, notify_.urls);
  spool_create(1);
  will_give(1);
  transport_.before_an_answer([&, is_first = true]() mutable {
    if (is_first) {
      changes.stored(event::ActivityId{2}, kAthlete);
      ::raise(SIGTERM);
    }
    return std::exchange(is_first, false);
  });

  EXPECT_EQ(run(Mode::kUntilStopped), End::kDone);

  EXPECT_THAT(transport_.waits(), ElementsAre(60s, 60s));
  EXPECT_TRUE(is_stored(1));
}

/// A service manager kills after a while, and each call takes as long as Strava likes.
TEST_F(FetcherTest, AServiceSendsNothingMoreAtAStop) {
  store::Athletes athletes(store_.database());
  athletes.put(test::athlete_with_tokens(kAthlete, clock_.now(), 0s), clock_.now());
  spool_create(1);
  us_.transport.will_answer(200, test::tokens_json("refresh-2", "access-2"));
  transport_.while_under_way([] { ::raise(SIGTERM); });

  EXPECT_EQ(run(Mode::kUntilStopped), End::kDone);

  EXPECT_EQ(us_.transport.requests().size(), 1U);
  EXPECT_EQ(athletes.find(kAthlete)->refresh_token.reveal(), "refresh-2");
  const auto job = store::Jobs(store_.database()).find(store::Wish::kFetch, 1, kAthlete);
  ASSERT_TRUE(job);
  EXPECT_EQ(job->attempts, 0);
  EXPECT_EQ(store::Jobs(store_.database()).next_due(), clock_.now());
}

/// As it may while the store is waited for.
TEST_F(FetcherTest, AServiceSendsAndRunsNothingIfAStopComesWhileItBegins) {
  notify_.command = "/bin/true";
  Changes(us_.database, clock_, {"command"}).stored(event::ActivityId{2}, kAthlete);
  spool_create(1);
  const auto stop_and_go_on = [] {
    ::raise(SIGTERM);
    return true;
  };

  EXPECT_EQ(run(Mode::kUntilStopped, stop_and_go_on), End::kDone);

  EXPECT_THAT(us_.transport.requests(), IsEmpty());
  EXPECT_TRUE(store::Jobs(store_.database()).find(store::Wish::kFetch, 1, kAthlete));
  EXPECT_EQ(store::Notifications(store_.database()).counts().waiting, 1);
}

TEST_F(FetcherTest, AServiceSleepsUntilTheNextScan) {
  run(Mode::kUntilStopped);

  EXPECT_THAT(transport_.sleeps(), ElementsAre(60s));
}

TEST_F(FetcherTest, AServiceSleepsUntilTheNextJobIsDue) {
  spool_create(1);
  us_.transport.will_answer(503, "");

  run(Mode::kUntilStopped);

  EXPECT_THAT(transport_.sleeps(), ElementsAre(30s));
}

TEST_F(FetcherTest, AServiceSleepsUntilThePauseIsOver) {
  spool_create(1);
  us_.gate.close(Gate::Reason::kRateLimit, "Strava's rate limit is used up", clock_.now() + 40s);

  run(Mode::kUntilStopped);

  EXPECT_THAT(transport_.sleeps(), ElementsAre(40s));
}

TEST_F(FetcherTest, AServiceTellsOnceWhatWaitsForTheRateLimit) {
  spool_create(1);
  us_.budget.refused({});
  transport_.while_asleep([](std::size_t before, milliseconds most) {
    if (before == 3) ::raise(SIGTERM);
    return most;
  });
  testing::internal::CaptureStderr();
  run(Mode::kUntilStopped);
  const std::string log = testing::internal::GetCapturedStderr();

  const std::string told = "due jobs wait: fresh until 2026-11-23T00:15:05Z for the rate limit\n";
  EXPECT_THAT(log, HasSubstr(told));
  EXPECT_EQ(log.find("due jobs wait"), log.rfind("due jobs wait"));
}

TEST_F(FetcherTest, OnceAndDrainTellWhyTheyEndThoughWorkIsDue) {
  spool_create(1);
  us_.gate.close(Gate::Reason::kOutage, "Strava is out of reach", clock_.now() + 40s);
  for (const Mode mode : {Mode::kOnce, Mode::kDrain}) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(run(mode), End::kWaiting);
    EXPECT_THAT(
        testing::internal::GetCapturedStderr(),
        HasSubstr("due jobs wait: fresh until 2026-11-23T00:00:40Z: Strava is out of reach\n"));
  }
}

TEST_F(FetcherTest, AServiceTakesWhatIsSpooledWhileItSleeps) {
  will_give(1);
  transport_.while_asleep([this](std::size_t before, milliseconds) {
    before == 0 ? spool_create(1) : static_cast<void>(::raise(SIGTERM));
    return 10s;
  });

  run(Mode::kUntilStopped);

  EXPECT_TRUE(is_stored(1));
}

/// Each look costs the receiver the making of a new segment.
TEST_F(FetcherTest, AServiceDoesNotLookIntoTheSpoolForEveryEvent) {
  // Every sleep is ended early, by an event.
  transport_.while_asleep([this](std::size_t before, milliseconds) {
    spool_create(static_cast<std::int64_t>(before) + 1);
    if (before == 3) ::raise(SIGTERM);
    return before == 0 ? 1s : 10ms;
  });
  will_give(1);

  run(Mode::kUntilStopped);

  // The first event was taken at once, the second and the third not.
  EXPECT_THAT(transport_.sleeps(), ElementsAre(60s, 60s, 240ms, 230ms));
  EXPECT_TRUE(is_stored(1));
}

TEST_F(FetcherTest, AServiceLooksIntoTheSpoolThoughTheClockWasSetBack) {
  transport_.while_asleep([&](std::size_t before, milliseconds most) {
    if (before > 0) {
      ::raise(SIGTERM);
      return most;
    }
    clock_.advance(-2h - most);
    spool_create(1);
    will_give(1);
    // The athlete was added, and so reconciled, at what is still to come.
    us_.transport.will_answer(200, "[]");
    return most;
  });

  EXPECT_EQ(run(Mode::kUntilStopped), End::kDone);

  EXPECT_TRUE(is_stored(1));
}

/// Nobody else would know of the request: another process could send the same.
TEST_F(FetcherTest, AServiceSendsNothingWhoseReasonCouldNotBeStored) {
  us_.database.session() << "CREATE TABLE children (parent REFERENCES athletes (id) "
                            "DEFERRABLE INITIALLY DEFERRED)";
  us_.database.session()
      << "CREATE TRIGGER lose AFTER UPDATE OF holder ON jobs "
         "WHEN OLD.holder IS NOT NULL BEGIN INSERT INTO children VALUES (7); END";
  const unsigned more_than_at_once = config::FetcherConfig().concurrency + 1;
  for (unsigned id = 1; id <= more_than_at_once; ++id) {
    spool_create(id);
    will_give(id);
  }

  EXPECT_THROW(run(Mode::kUntilStopped), store::StoreError);

  EXPECT_EQ(us_.transport.requests().size(), more_than_at_once - 1);
}

/// Else what is asked for and cannot be stored would be asked for again at once.
TEST_F(FetcherTest, AServicePausesEverLongerWhenTheStoreRefusesAndWhateverWakesIt) {
  us_.database.patience().limit(0ms);
  const store::Transaction held(store_.database());
  spool_create(1);
  constexpr std::size_t kSleeps = 6;
  transport_.while_asleep([&](std::size_t before, milliseconds) {
    spool_create(2);
    if (before + 1 == kSleeps) ::raise(SIGTERM);
    return 1s;
  });

  EXPECT_EQ(run(Mode::kUntilStopped), End::kDone);

  EXPECT_THAT(transport_.sleeps(), ElementsAre(5s, 4s, 3s, 2s, 1s, 10s));
}

TEST_F(FetcherTest, AsksInAPauseWhetherToGoOn) {
  us_.database.patience().limit(0ms);
  const store::Transaction held(store_.database());
  spool_create(1);
  transport_.while_asleep([](std::size_t, milliseconds most) { return most; });

  EXPECT_EQ(run(Mode::kUntilStopped, [&] { return transport_.sleeps().size() < 3; }), End::kDone);

  EXPECT_THAT(transport_.sleeps(), ElementsAre(1s, 1s, 1s));
}

/// Several answers that cannot be stored in one moment are one refusal.
TEST_F(FetcherTest, AServicePausesNoLongerForWhatIsRefusedInAPause) {
  us_.database.patience().limit(0ms);
  std::unique_ptr<store::Transaction> held;
  for (std::int64_t id = 1; id <= 3; ++id) {
    spool_create(id);
    will_give(id);
  }
  transport_.while_under_way(
      [&] { held = std::make_unique<store::Transaction>(store_.database()); });
  transport_.while_asleep([&](std::size_t before, milliseconds most) {
    if (before == 1) ::raise(SIGTERM);
    return most;
  });

  EXPECT_EQ(run(Mode::kUntilStopped), End::kDone);

  EXPECT_THAT(transport_.sleeps(), ElementsAre(5s, 10s));
}

/// And not sooner, whatever the store takes meanwhile: that may lead to the next.
TEST_F(FetcherTest, AServiceForgetsARefusalAfterTenMinutes) {
  us_.database.patience().limit(0ms);
  auto held = std::make_unique<store::Transaction>(store_.database());
  spool_create(1);
  std::int64_t next = 2;
  transport_.while_asleep([&](std::size_t before, milliseconds most) {
    const bool is_pause = held != nullptr;
    held.reset();
    if (is_pause) {
      will_give(next - 1);
    } else {
      spool_create(next++);
      held = std::make_unique<store::Transaction>(store_.database());
    }
    if (before == 4) ::raise(SIGTERM);
    return before == 3 ? 11min : most;
  });

  EXPECT_EQ(run(Mode::kUntilStopped), End::kDone);

  EXPECT_THAT(transport_.sleeps(), ElementsAre(5s, 60s, 10s, 60s, 5s));
}

/// A kill before that costs the athlete's authorization, and so may another process after a while.
TEST_F(FetcherTest, AServiceKeepsTokensWhileItPauses) {
  us_.database.patience().limit(0ms);
  store::Athletes athletes(store_.database());
  athletes.put(test::athlete_with_tokens(kAthlete, clock_.now(), 0s), clock_.now());
  spool_create(1);
  us_.transport.will_answer(200, test::tokens_json("refresh-2", "access-2"));
  std::unique_ptr<store::Transaction> held;
  transport_.while_under_way(
      [&] { held = std::make_unique<store::Transaction>(store_.database()); });
  std::vector<std::string> stored;
  transport_.while_asleep([&](std::size_t before, milliseconds most) {
    stored.emplace_back(athletes.find(kAthlete)->refresh_token.reveal());
    if (before == 1) held.reset();
    if (before == 2) ::raise(SIGTERM);
    return most;
  });

  EXPECT_EQ(run(Mode::kUntilStopped), End::kDone);

  EXPECT_THAT(transport_.sleeps(), ElementsAre(2s, 2s, 1s));
  EXPECT_THAT(stored, ElementsAre("refresh-1", "refresh-1", "refresh-2"));
}

/// The same for the first tokens, which come for a code.
TEST_F(FetcherTest, AServiceKeepsFirstTokensWhileItPauses) {
  us_.database.patience().limit(0ms);
  constexpr event::AthleteId kNewcomer{227615};
  store::Authorizations(store_.database()).add({"state", Secret("code"), "read", ""}, clock_.now());
  us_.transport.will_answer(200, R"({"access_token":"a","refresh_token":"r","expires_in":21600,
                                     "athlete":{"id":227615}})");
  std::unique_ptr<store::Transaction> held;
  transport_.while_under_way(
      [&] { held = std::make_unique<store::Transaction>(store_.database()); });
  store::Athletes athletes(store_.database());
  transport_.while_asleep([&](std::size_t before, milliseconds most) {
    EXPECT_EQ(athletes.find(kNewcomer).has_value(), before == 2);
    if (before == 1) held.reset();
    if (before == 2) ::raise(SIGTERM);
    return most;
  });

  EXPECT_EQ(run(Mode::kUntilStopped), End::kDone);

  EXPECT_THAT(transport_.sleeps(), ElementsAre(2s, 2s, 1s));
}

/// Though the store takes everything else, and nobody asks for the token any more.
TEST_F(FetcherTest, AServiceKeepsTokensWithoutAPause) {
  store::Athletes athletes(store_.database());
  athletes.put(test::athlete_with_tokens(kAthlete, clock_.now(), 0s), clock_.now());
  store_.database().session() << "CREATE TRIGGER refuse BEFORE UPDATE OF refresh_token ON athletes "
                                 "BEGIN SELECT RAISE(ABORT, 'not now'); END";
  spool_create(1);
  us_.transport.will_answer(200, test::tokens_json("refresh-2", "access-2"));
  std::vector<std::string> stored;
  transport_.while_asleep([&](std::size_t before, milliseconds most) {
    stored.emplace_back(athletes.find(kAthlete)->refresh_token.reveal());
    if (before == 0) store::Jobs(store_.database()).drop_all_of(1);
    if (before == 1) store_.database().session() << "DROP TRIGGER refuse";
    if (before == 2) ::raise(SIGTERM);
    return most;
  });

  EXPECT_EQ(run(Mode::kUntilStopped), End::kDone);

  EXPECT_THAT(transport_.sleeps(), ElementsAre(2s, 2s, 56s));
  EXPECT_THAT(stored, ElementsAre("refresh-1", "refresh-1", "refresh-2"));
}

/// Who waited for a token is not told any more; else such a job would be under way for ever.
TEST_F(FetcherTest, AServiceLeavesAtAStopWhatWasWithdrawnToTheNext) {
  us_.database.patience().limit(0ms);
  constexpr event::AthleteId kOther{227615};
  store::Athletes athletes(store_.database());
  athletes.put(test::athlete_with_tokens(kOther, clock_.now(), 0s), clock_.now());
  spool_create(1);
  will_give(1);
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now());
  store::Jobs(store_.database()).want(store::Wish::kFetch, 2, kOther, now, clock_.now() + 1ms);
  us_.transport.will_answer(200, test::tokens_json("refresh-2", "access-2"));
  std::unique_ptr<store::Transaction> held;
  transport_.before_an_answer([&] {
    clock_.advance(1ms);
    return us_.transport.in_flight() < 2 && !held;
  });
  transport_.while_under_way([&] {
    held = std::make_unique<store::Transaction>(store_.database());
    ::raise(SIGTERM);
  });
  transport_.while_asleep([&](std::size_t before, milliseconds most) {
    held.reset();
    if (before > 3) throw std::logic_error("it does not end");
    return most;
  });

  EXPECT_EQ(run(Mode::kUntilStopped), End::kDone);

  EXPECT_THAT(transport_.sleeps(), IsEmpty());
  EXPECT_TRUE(store::Jobs(store_.database()).find(store::Wish::kFetch, 2, kOther));
}

TEST_F(FetcherTest, AServiceTriesAgainWhenTheStoreRefuses) {
  us_.database.patience().limit(0ms);
  auto held = std::make_unique<store::Transaction>(store_.database());
  spool_create(1);
  will_give(1);
  transport_.while_asleep([&](std::size_t before, milliseconds most) {
    held.reset();
    if (before == 1) ::raise(SIGTERM);
    return most;
  });

  EXPECT_EQ(run(Mode::kUntilStopped), End::kDone);

  EXPECT_TRUE(is_stored(1));
}

}  // namespace
}  // namespace hookspool::fetcher
