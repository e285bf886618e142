#include "fetcher/lister.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "fetcher/backfill.h"
#include "fetcher/listing.h"
#include "fetcher/reconciliation.h"
#include "fetcher/scripted_process.h"
#include "store/activities.h"
#include "store/clock_ahead.h"
#include "store/counters.h"
#include "store/jobs.h"
#include "store/listings.h"
#include "store/streams.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr event::AthleteId kAthlete{134815};

class ListerTest : public testing::Test {
 protected:
  ListerTest() {
    store::Athletes(store_.database())
        .put(test::athlete_with_tokens(kAthlete, clock_.now(), 240h), clock_.now());
  }

  static config::FetcherConfig one_at_a_time() {
    config::FetcherConfig config;
    config.concurrency = 1;
    return config;
  }
  static std::string page_of(const std::vector<std::int64_t>& ids) {
    std::string json = "[";
    for (const std::int64_t id : ids) {
      json += (json == "[" ? "" : ",") + test::activity_json(id, kAthlete);
    }
    return json + "]";
  }
  void will_list(const std::vector<std::int64_t>& ids) {
    us_.transport.will_answer(200, page_of(ids));
  }
  void will_fetch(std::int64_t id) {
    us_.transport.will_answer(200, test::activity_json(id, kAthlete));
  }
  /// Works off one job.
  void step(test::ScriptedProcess& process) {
    process.worker.begin_due();
    process.transport.wait({}, {});
  }

  void begin_backfill(const BackfillWish& wish = {}) {
    fetcher::begin_backfill(store_.database(), wish, clock_.now());
  }
  /// Strava lists `ids` there and back, so that what comes next is the fetch of the first.
  void begin_detailed_backfill(const std::vector<std::int64_t>& ids) {
    BackfillWish wish;
    wish.details = true;
    begin_backfill(wish);
    will_list(ids);
    will_list({});
    will_list(ids);
  }
  void begin_reconciliation(const ReconcileWish& wish = {}) {
    fetcher::begin_reconciliation(store_.database(),
                                  *store::Athletes(store_.database()).find(kAthlete), {},
                                  clock_.now(), wish);
  }

  /// What was asked for: the number of a page, or the id of an activity.
  static std::vector<std::int64_t> asked(const test::ScriptedProcess& process) {
    std::vector<std::int64_t> asked;
    for (const strava::HttpRequest& request : process.transport.requests()) {
      const std::string text = request.url + "?" + request.query.reveal();
      std::smatch match;
      const bool is_understood =
          std::regex_search(text, match, std::regex("[?&]page=(\\d+)|activities/(\\d+)"));
      EXPECT_TRUE(is_understood) << text;
      asked.push_back(std::stoll(match[1].matched ? match[1].str() : match[2].str()));
    }
    return asked;
  }
  bool is_stored(std::int64_t id) {
    return store::Activities(store_.database()).owner_of(event::ActivityId{id}).has_value();
  }
  store::Listing listing() { return store::Listings(store_.database()).list(1).at(0); }

  test::TemporaryStore store_;
  test::FakeClock clock_;
  test::ScriptedProcess us_{store_.url(), clock_, "us", one_at_a_time()};
};

TEST_F(ListerTest, BackfillsStreamsThatWereNotThereYetTheLastTime) {
  config::FetcherConfig config = one_at_a_time();
  config.streams = {"time"};
  test::ScriptedProcess process{store_.url(), clock_, "process", config};
  BackfillWish wish;
  wish.with_streams = true;
  const std::string activity = R"({"id":12,"athlete":{"id":134815},"start_date":")" +
                               to_rfc3339_seconds(clock_.now() - 1h) + "\"}";
  const auto backfill = [&](const std::vector<std::string>& fetched) {
    begin_backfill(wish);
    for (const auto& page : {"[" + activity + "]", std::string("[]"), "[" + activity + "]"}) {
      process.transport.will_answer(200, page);
    }
    for (const std::string& answer : fetched) process.transport.will_answer(200, answer);
    process.work();
  };
  backfill({activity, "{}"});
  clock_.advance(24h);
  backfill({R"({"time":{"data":[0]}})"});
  clock_.advance(24h);
  backfill({});

  EXPECT_THAT(asked(process), ElementsAre(1, 2, 1, 12, 12, 1, 2, 1, 12, 1, 2, 1));
  EXPECT_EQ(store::Streams(store_.database()).find(event::ActivityId{12}),
            R"({"time":{"data":[0]}})");
}

/// What is asked for is what looks for streams, whichever list led to it.
class ListerWithStreamsTest : public ListerTest {
 protected:
  static config::FetcherConfig with_streams() {
    config::FetcherConfig config = one_at_a_time();
    config.streams = {"time"};
    config.settle = false;
    return config;
  }
  std::string activity(const std::string& more = "") const {
    return R"({"id":12,"athlete":{"id":134815},"start_date":")" + to_rfc3339_seconds(start_) +
           "\"" + more + "}";
  }
  void will_list_it(const std::string& more = "") {
    process_.transport.will_answer(200, "[" + activity(more) + "]");
    process_.transport.will_answer(200, "[]");
  }
  void reconcile(const std::vector<std::pair<int, std::string>>& fetched) {
    begin_reconciliation();
    will_list_it();
    for (const auto& [status, body] : fetched) process_.transport.will_answer(status, body);
    process_.work();
    clock_.advance(2h);
  }
  void backfill(const std::vector<std::string>& fetched, bool details = true,
                const std::string& more = "") {
    BackfillWish wish;
    wish.details = details;
    begin_backfill(wish);
    will_list_it(more);
    process_.transport.will_answer(200, "[" + activity(more) + "]");
    for (const std::string& body : fetched) process_.transport.will_answer(200, body);
    process_.work();
  }
  std::optional<std::string> streams() {
    return store::Streams(store_.database()).find(event::ActivityId{12});
  }

  Timestamp start_ = clock_.now() - 1h;
  test::ScriptedProcess process_{store_.url(), clock_, "process", with_streams()};
};

constexpr const char* kStreams = R"({"time":{"data":[0]}})";

TEST_F(ListerWithStreamsTest, ReconcilesThoseThatWereLate) {
  reconcile({{200, activity()}, {200, "{}"}});
  clock_.advance(22h);
  reconcile({{200, kStreams}});
  reconcile({});

  EXPECT_THAT(asked(process_), ElementsAre(1, 2, 12, 12, 1, 2, 12, 1, 2));
  EXPECT_EQ(streams(), kStreams);
}

/// A session in the gym, where reconciliations serve as polling.
TEST_F(ListerWithStreamsTest, AsksOnceMoreForThoseThatDoNotCome) {
  reconcile({{200, activity()}, {200, "{}"}});
  for (int i = 0; i < 10; ++i) reconcile({});
  reconcile({});
  reconcile({{200, "{}"}});
  for (int i = 0; i < 10; ++i) reconcile({});

  const auto all = asked(process_);
  EXPECT_EQ(std::count(all.begin(), all.end(), 12), 3);
}

TEST_F(ListerWithStreamsTest, OfWhatWasThereBeforeTheAthleteAreNotLate) {
  start_ = clock_.now() - 240h;
  reconcile({{200, activity()}, {200, "{}"}});
  clock_.advance(24h);
  reconcile({});

  EXPECT_THAT(asked(process_), ElementsAre(1, 2, 12, 12, 1, 2));
}

/// Names that are configured later are a matter of `backfill --streams`.
TEST_F(ListerWithStreamsTest, LeavesThoseThatAreNewlyConfiguredToABackfill) {
  reconcile({{200, activity()}, {200, kStreams}});
  store_.database().session() << "UPDATE streams SET asked = 'heartrate'";
  clock_.advance(24h);
  reconcile({});
  EXPECT_THAT(asked(process_), ElementsAre(1, 2, 12, 12, 1, 2));

  BackfillWish wish;
  wish.with_streams = true;
  begin_backfill(wish);
  will_list_it();
  process_.transport.will_answer(200, "[" + activity() + "]");
  process_.transport.will_answer(200, kStreams);
  process_.work();
  EXPECT_THAT(asked(process_), ElementsAre(1, 2, 12, 12, 1, 2, 1, 2, 1, 12)) << "without details";
}

TEST_F(ListerWithStreamsTest, LeavesThoseOfTheHistoryToWhomWantsThem) {
  backfill({activity()});
  reconcile({});

  EXPECT_THAT(asked(process_), ElementsAre(1, 2, 1, 12, 1, 2));
}

/// Or each reconciliation would spend two calls in vain.
TEST_F(ListerWithStreamsTest, LeavesThoseThatStravaRefusedToAPerson) {
  reconcile({{200, activity()}, {200, "{}"}});
  clock_.advance(22h);
  reconcile({{403, test::kForbidden}});
  reconcile({});

  EXPECT_THAT(asked(process_), ElementsAre(1, 2, 12, 12, 1, 2, 12, 1, 2));
  EXPECT_TRUE(store::Jobs(store_.database()).find(store::Wish::kFetch, 12, kAthlete)->dead);
}

/// Else the new streams would stand beside the old line.
TEST_F(ListerWithStreamsTest, AreAskedForWithTheDetailsWhereAnEditIsFoundMeanwhile) {
  const std::string ride = activity(R"(,"name":"Evening ride")");
  backfill({ride});
  BackfillWish wish;
  wish.with_streams = true;
  begin_backfill(wish);
  for (const auto& page : {"[" + ride + "]", std::string("[]"), "[" + ride + "]"}) {
    process_.transport.will_answer(200, page);
  }
  for (int i = 0; i < 3; ++i) step(process_);
  begin_reconciliation();
  const std::string edit = R"(,"name":"Messy")";
  for (const auto& answer :
       {"[" + activity(edit) + "]", activity(edit), std::string(kStreams), std::string("[]")}) {
    process_.transport.will_answer(200, answer);
  }
  process_.work();

  EXPECT_THAT(asked(process_), ElementsAre(1, 2, 1, 12, 1, 2, 1, 1, 12, 12, 2));
  EXPECT_EQ(store::Activities(store_.database()).find(event::ActivityId{12})->name, "Messy");
}

/// As where the job that owed them was dropped.
TEST_F(ListerWithStreamsTest, OfWhatWasCutAreLateIfNobodyGotThem) {
  reconcile({{200, activity()}, {200, kStreams}});
  const auto second = std::chrono::floor<std::chrono::seconds>(clock_.now());
  store::Jobs jobs(store_.database());
  const std::string cut = activity(R"(,"distance":20000.0)");
  jobs.want(store::Wish::kFetch, 12, kAthlete, second, clock_.now());
  process_.transport.will_answer(200, cut);
  process_.transport.will_answer(503, "{}");
  process_.work();
  jobs.want(store::Wish::kRemove, 12, kAthlete, second, clock_.now(), /*with_streams=*/false);
  process_.transport.will_answer(200, cut);
  process_.work();
  EXPECT_FALSE(jobs.find(store::Wish::kFetch, 12, kAthlete));

  clock_.advance(24h);
  begin_reconciliation();
  will_list_it(R"(,"distance":20000.0)");
  process_.transport.will_answer(200, kStreams);
  process_.work();

  EXPECT_EQ(streams(), kStreams);
}

/// What is gone has no streams, so that to ask for these alone proves nothing. Of what is there
/// they still are, be it that they were given up.
TEST_F(ListerWithStreamsTest, RemovesWhatIsGoneThoughOnlyStreamsAreOwed) {
  for (const auto& [is_gone, refusal] :
       {std::pair(true, 503), {false, 503}, {true, 403}, {false, 403}}) {
    SCOPED_TRACE(std::to_string(refusal) + (is_gone ? ", gone" : ", there"));
    // Of one that is new a single 404 would prove nothing.
    start_ = clock_.now() - 48h;
    begin_reconciliation();
    will_list_it();
    process_.transport.will_answer(200, activity());
    process_.transport.will_answer(refusal, refusal == 403 ? test::kForbidden : "{}");
    process_.work();
    store::Jobs jobs(store_.database());
    ASSERT_EQ(jobs.find(store::Wish::kFetch, 12, kAthlete)->remaining, store::Remaining::kStreams);

    clock_.advance(1s);
    begin_reconciliation();
    process_.transport.will_answer(200, "[]");
    if (is_gone) {
      process_.transport.will_answer(404, test::kNotFound);
    } else {
      process_.transport.will_answer(200, activity());
      process_.transport.will_answer(200, kStreams);
    }
    process_.work();

    EXPECT_EQ(is_stored(12), !is_gone);
    EXPECT_EQ(streams().has_value(), !is_gone);
    EXPECT_FALSE(jobs.find(store::Wish::kFetch, 12, kAthlete));
    EXPECT_EQ(store::Counters(store_.database()).get(store::counter::kSuspiciousDelete).count, 0);
    for (const char* table : {"activities", "streams"}) {
      store_.database().session() << std::string("DELETE FROM ") + table;
    }
    clock_.advance(1h);
  }
}

TEST_F(ListerWithStreamsTest, DropsThoseOfWhatAListShowsToBeCut) {
  store::StoredActivity summary;
  summary.id = event::ActivityId{12};
  summary.athlete_id = kAthlete;
  summary.start_date = to_rfc3339_seconds(start_);
  summary.resource_state = 2;
  summary.distance_m = 28099.5;
  summary.json = activity(R"(,"distance":28099.5)");
  store::Activities(store_.database()).put(summary);
  store::Streams(store_.database()).put(summary.id, kStreams, {"time"}, clock_.now());
  backfill({}, /*details=*/false, R"(,"distance":20000.0)");

  EXPECT_THAT(asked(process_), ElementsAre(1, 2, 1));
  EXPECT_EQ(streams(), std::nullopt);
}

/// The mark keeps it while Strava does not show it, not for ever.
TEST_F(ListerTest, FindsGoneWhatAPersonBroughtBackAndStravaListedSince) {
  store::StoredActivity stored;
  stored.id = event::ActivityId{12};
  stored.athlete_id = kAthlete;
  stored.start_date = to_rfc3339_seconds(clock_.now() - 24h * 7);
  stored.fetched = clock_.now();
  stored.json = test::activity_json(12, kAthlete);
  store::Activities activities(store_.database());
  activities.put(stored);
  activities.remove(stored.id, clock_.now());
  activities.undelete(stored.id);
  const auto reconcile = [this](const std::vector<std::int64_t>& ids) {
    clock_.advance(12h);
    begin_reconciliation();
    will_list(ids);
    if (!ids.empty()) will_list({});
  };
  reconcile({});
  us_.work();
  EXPECT_TRUE(is_stored(12)) << "a person wants it";
  reconcile({12});
  us_.work();
  reconcile({});
  us_.transport.will_answer(404, test::kNotFound);
  us_.work();

  EXPECT_FALSE(is_stored(12));
}

/// Else it would look as if it had been answered, and what is gone would stay.
TEST_F(ListerTest, LeavesAQuestionThatItDoesNotCover) {
  for (std::int64_t id = 1; id <= 6; ++id) {
    store::StoredActivity stored;
    stored.id = event::ActivityId{id};
    stored.athlete_id = kAthlete;
    stored.start_date = to_rfc3339_seconds(clock_.now() - 24h * 200);
    stored.json = "{}";
    store::Activities(store_.database()).put(stored);
  }
  const auto reconcile = [this](const ReconcileWish& wish) {
    clock_.advance(1h);
    begin_reconciliation(wish);
    will_list({});
    us_.work();
  };
  const auto questions = [this] { return store::Listings(store_.database()).pending().size(); };
  reconcile({.after = std::chrono::floor<std::chrono::seconds>(clock_.now()) - 24h * 3000});
  EXPECT_EQ(questions(), 1U);
  reconcile({});
  EXPECT_EQ(questions(), 1U);
  begin_reconciliation({.may_remove = true});
  will_list({});
  for (int i = 0; i < 6; ++i) us_.transport.will_answer(404, test::kNotFound);
  us_.work();

  EXPECT_EQ(questions(), 0U);
  EXPECT_FALSE(is_stored(6));
}

/// As one that a person dropped.
TEST_F(ListerTest, TakesNothingMoreIntoAListThatWasEnded) {
  begin_backfill();
  will_list({15});
  us_.worker.begin_due();
  end_listing(store_.database(), listing(), clock_.now());
  us_.transport.wait({}, {});

  EXPECT_EQ(listing().listed, 0);
  EXPECT_FALSE(is_stored(15));
}

TEST_F(ListerTest, FindsOnTheWayBackWhatADeletionPulledToAPageThatWasRead) {
  begin_backfill();
  will_list({15, 14});
  // 15 is deleted, and 13 takes its place.
  will_list({12, 11});
  will_list({});
  will_list({12, 11});
  will_list({14, 13});

  us_.work();

  EXPECT_THAT(asked(us_), ElementsAre(1, 2, 3, 2, 1));
  for (const std::int64_t id : {14, 13, 12, 11}) EXPECT_TRUE(is_stored(id)) << id;
  EXPECT_EQ(listing().listed, 5);
  EXPECT_TRUE(listing().ended);
}

TEST_F(ListerTest, ReliesOnNoOrder) {
  begin_backfill();
  will_list({12, 15});
  // 12 is deleted, and 11, the oldest, comes after 15.
  will_list({13, 14});
  will_list({});
  will_list({13, 14});
  will_list({15, 11});

  us_.work();

  for (const std::int64_t id : {15, 14, 13, 11}) EXPECT_TRUE(is_stored(id)) << id;
}

TEST_F(ListerTest, GoesOnWhereItWasKilled) {
  begin_backfill();
  const std::vector<std::vector<std::int64_t>> pages{{14, 13}, {12, 11}, {}, {12, 11}, {14, 13}};
  std::vector<std::int64_t> all_asked;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    test::ScriptedProcess process(store_.url(), clock_, std::to_string(i), one_at_a_time());
    process.transport.will_answer(200, page_of(pages[i]));
    step(process);
    for (const std::int64_t page : asked(process)) all_asked.push_back(page);
  }
  EXPECT_THAT(all_asked, ElementsAre(1, 2, 3, 2, 1));
  EXPECT_EQ(listing().listed, 4);
  EXPECT_TRUE(listing().ended);
}

TEST_F(ListerTest, GoesOnAtOnceWithWhatAClockThatWasAheadBegan) {
  clock_.advance(2h);
  begin_backfill();
  clock_.advance(-2h);
  store::correct_what_a_clock_ahead_wrote(store_.database(), clock_.now(), 5min);
  will_list({12});
  will_list({});
  will_list({12});

  us_.work();

  EXPECT_THAT(asked(us_), ElementsAre(1, 2, 1));
  EXPECT_TRUE(listing().ended);
}

TEST_F(ListerTest, ListsToTheEndBeforeItFetches) {
  begin_detailed_backfill({12, 11});
  will_fetch(12);
  will_fetch(11);

  us_.work();

  EXPECT_THAT(asked(us_), ElementsAre(1, 2, 1, 12, 11));
}

TEST_F(ListerTest, AsksTwiceForWhatWasDeletedSinceItWasListed) {
  begin_detailed_backfill({12});
  us_.transport.will_answer(404, test::kNotFound);
  us_.work();
  EXPECT_TRUE(store::Jobs(store_.database()).find(store::Wish::kFetch, 12, kAthlete));

  clock_.advance(1min);
  us_.transport.will_answer(404, test::kNotFound);
  us_.work();

  EXPECT_FALSE(is_stored(12));
  EXPECT_FALSE(store::Jobs(store_.database()).find(store::Wish::kFetch, 12, kAthlete));
}

TEST_F(ListerTest, StoresWhatIsListedThoughItWasNotFoundOnceAfterAnOutage) {
  begin_detailed_backfill({12});
  us_.transport.will_answer(503, "");
  us_.work();
  clock_.advance(1min);
  us_.transport.will_answer(404, test::kNotFound);
  us_.work();

  clock_.advance(1min);
  will_fetch(12);
  us_.work();

  EXPECT_TRUE(is_stored(12));
}

TEST_F(ListerTest, StoresWhatIsListedThoughItWasNotFoundOnce) {
  begin_detailed_backfill({12});
  us_.transport.will_answer(404, test::kNotFound);
  us_.work();

  clock_.advance(1min);
  will_fetch(12);
  us_.work();

  EXPECT_TRUE(is_stored(12));
}

TEST_F(ListerTest, AsksNothingMoreOfAnEmptyHistory) {
  begin_backfill();
  will_list({});
  us_.work();
  EXPECT_THAT(asked(us_), ElementsAre(1));
  EXPECT_TRUE(listing().ended);
}

TEST_F(ListerTest, ReconcilesAShortListWithoutAWayBack) {
  begin_reconciliation();
  will_list({12, 11});
  will_list({});
  will_fetch(12);
  will_fetch(11);
  us_.work();
  EXPECT_THAT(asked(us_), ElementsAre(1, 2, 12, 11));
}

/// A deletion that no event told of, of what was fetched a year before its time.
TEST_F(ListerTest, ReconcilesAwayWhatAClockThatWasAheadFetched) {
  store::StoredActivity gone;
  gone.id = event::ActivityId{12};
  gone.athlete_id = kAthlete;
  gone.start_date = to_rfc3339_seconds(clock_.now() - 1h);
  gone.fetched = clock_.now() + 24h * 365;
  gone.json = "{}";
  store::Activities(store_.database()).put(gone);
  begin_reconciliation();
  will_list({});
  us_.transport.will_answer(404, test::kNotFound);

  us_.work();

  EXPECT_FALSE(is_stored(12));
}

TEST_F(ListerTest, ReconcilesSeveralPagesThereAndBack) {
  begin_reconciliation();
  will_list({15, 14});
  will_list({12});
  will_list({});
  will_list({12});
  will_list({14, 13});
  for (const std::int64_t id : {15, 14, 12, 13}) will_fetch(id);
  us_.work();
  EXPECT_THAT(asked(us_), ElementsAre(1, 2, 3, 2, 1, 15, 14, 12, 13));
}

/// It once was asked for anew by every reconciliation.
TEST_F(ListerTest, LooksNoMoreAtWhatListAndDetailsSayDifferentlyForGood) {
  const auto reconcile = [&](const std::string& name, bool is_fetched) {
    clock_.advance(12h);
    begin_reconciliation();
    us_.transport.will_answer(200, "[" + test::activity_json(11, kAthlete, name) + "]");
    will_list({});
    if (is_fetched) will_fetch(11);
    us_.work();
  };
  const auto fetches = [&] {
    const auto all = asked(us_);
    return std::count(all.begin(), all.end(), 11);
  };
  reconcile("as listed", true);  // It is new.
  reconcile("as listed", true);
  reconcile("as listed", true);  // The details may have been late.
  EXPECT_EQ(fetches(), 3);
  for (int i = 0; i < 3; ++i) reconcile("as listed", false);
  EXPECT_EQ(fetches(), 3);
  reconcile("edited", true);
  EXPECT_EQ(fetches(), 4) << "which is news";
}

}  // namespace
}  // namespace hookspool::fetcher
