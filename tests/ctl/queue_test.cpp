// What a person does about the queue, the journal and the archive.

#include <algorithm>
#include <csignal>

#include "ctl/hookspoolctl.h"
#include "fetcher/changes.h"
#include "fetcher/spooled_events.h"
#include "store/activities.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/listings.h"
#include "store/notifications.h"
#include "support/child_process.h"

namespace hookspool::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kActivity = 16185205521;

class HookspoolctlQueueTest : public HookspoolctlTest {
 protected:
  HookspoolctlQueueTest() {
    const auto authorization = strava_.add_athlete(kAthlete);
    store::Athlete athlete;
    athlete.id = event::AthleteId{kAthlete};
    athlete.refresh_token = Secret(authorization.refresh_token);
    athlete.access_token = Secret("a token that has ended");
    store::Athletes(database_).put(athlete, now_);
    Json::Value limit(Json::arrayValue);
    limit.append(1'000'000);
    limit.append(1'000'000);
    strava_.set_switch("rate_limit_read", limit);
    strava_.set_switch("rate_limit_overall", limit);
  }

  void add_dead_job(std::int64_t id) {
    jobs_.want(store::Wish::kFetch, id, event::AthleteId{kAthlete}, {}, now_);
    jobs_.bury(jobs_.claim(store::Lane::kFresh, 1, "us", now_, now_).front(), "us",
               "403 Forbidden");
  }
  void add_event(const std::string& record, const std::string& aspect, std::int64_t object,
                 std::chrono::seconds ago = {}) {
    const auto time = std::chrono::floor<std::chrono::seconds>(now_ - ago);
    const std::string body = test::event_body("activity", object, aspect, time, "", kAthlete);
    const auto event = std::get<event::Event>(event::parse(body));
    store::Events(database_).add({record, now_ - ago, event, body, ""});
  }
  void store_activity(std::int64_t id) {
    store::StoredActivity activity;
    activity.id = event::ActivityId{id};
    activity.athlete_id = event::AthleteId{kAthlete};
    activity.json = "{}";
    store::Activities(database_).put(activity);
  }
  void configure_consumer() {
    configure(receiver_.url());
    std::ofstream(directory_ / "hookspool.toml", std::ios::app)
        << "[notify]\ncommand = \"/bin/true\"\n";
  }
  /// What the consumers have still to be told, in order.
  std::vector<std::string> untold() {
    std::vector<std::string> all;
    for (const auto& word : store::Notifications(database_).list(100, false)) {
      all.push_back(word.kind + " " + std::to_string(word.object_id));
    }
    return all;
  }
  void add_history(int count) {
    Json::Value history;
    history["athlete_id"] = static_cast<Json::Int64>(kAthlete);
    history["count"] = count;
    history["event"] = false;
    strava_.control("POST", "/_sim/activities", history);
  }
  int requests(const std::string& path) const {
    return static_cast<int>(strava_.control("GET", "/_sim/requests?path=" + path).size());
  }
  std::int64_t count() { return store::Activities(database_).count(); }
  ProgramRun fetch() {
    return test::run_program({test::built_program("hookspool-fetcher"), "--config",
                              directory_ / "hookspool.toml", "--drain"});
  }

  store::Database database_{store_url()};
  store::Jobs jobs_{database_};
  const Timestamp now_ = SystemClock().now();
};

TEST_F(HookspoolctlQueueTest, ListsRevivesAndDropsDeadJobs) {
  add_dead_job(kActivity);
  add_dead_job(kActivity + 1);
  EXPECT_THAT(run({"jobs", "--dead"}).output, HasSubstr("403 Forbidden"));
  EXPECT_EQ(run_json({"jobs", "--dead"}).size(), 2U);
  EXPECT_EQ(run({"retry"}).exit_code, code(ExitCode::kUsage));

  EXPECT_EQ(run_json({"retry", std::to_string(kActivity)})["jobs"].asInt(), 1);
  EXPECT_EQ(run_json({"jobs"})[0]["object_id"].asInt64(), kActivity);
  const ProgramRun not_dead = run({"retry", std::to_string(kActivity)});
  EXPECT_EQ(not_dead.exit_code, code(ExitCode::kNoInput));
  EXPECT_THAT(not_dead.errors, HasSubstr("hookspoolctl jobs --dead lists"));
  EXPECT_EQ(run_json({"retry", "--all"})["jobs"].asInt(), 1);

  EXPECT_EQ(run_json({"drop", std::to_string(kActivity)})["jobs"].asInt(), 1);
  EXPECT_EQ(run({"drop", std::to_string(kActivity)}).exit_code, code(ExitCode::kNoInput));
}

TEST_F(HookspoolctlQueueTest, BreaksNoHelpInTheMiddleOfALine) {
  EXPECT_THAT(run({"jobs", "--help"}).output, HasSubstr(" those of athletes who have not been"));
}

/// As where an event is forged.
TEST_F(HookspoolctlQueueTest, DropsNoJobOfAnotherAthleteThanIsMeant) {
  const std::string id = std::to_string(kActivity);
  for (const event::AthleteId athlete : {event::AthleteId{kAthlete}, event::AthleteId{99}}) {
    jobs_.want(store::Wish::kFetch, kActivity, athlete, {}, now_);
  }
  const auto refused = run({"drop", id});
  EXPECT_EQ(refused.exit_code, code(ExitCode::kUsage));
  EXPECT_THAT(refused.errors, AllOf(HasSubstr(" 99 134815"), HasSubstr("--athlete")));

  EXPECT_EQ(run_json({"drop", id, "--athlete", "99"})["jobs"].asInt(), 1);
  EXPECT_TRUE(jobs_.find(store::Wish::kFetch, kActivity, event::AthleteId{kAthlete}));
  EXPECT_EQ(run_json({"drop", id})["jobs"].asInt(), 1);
}

TEST_F(HookspoolctlQueueTest, BringsBackWhatWasDeleted) {
  store_activity(kActivity);
  store::Activities(database_).remove(event::ActivityId{kActivity}, now_);
  EXPECT_THAT(run({"undelete"}).output, HasSubstr(std::to_string(kActivity)));

  EXPECT_EQ(run({"undelete", std::to_string(kActivity)}).exit_code, 0);
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(run({"undelete", std::to_string(kActivity)}).exit_code, code(ExitCode::kNoInput));
}

TEST_F(HookspoolctlQueueTest, HasConsumersToldWhatAPersonDoesToTheArchive) {
  configure_consumer();
  const std::string activity = std::to_string(kActivity);
  const std::string athlete = std::to_string(kAthlete);
  store_activity(kActivity);
  store::Activities(database_).remove(event::ActivityId{kActivity}, now_);

  run({"undelete", activity});
  EXPECT_THAT(untold(), ElementsAre("activity.stored " + activity));

  run({"athlete", "purge", athlete, "--yes"});
  EXPECT_THAT(untold(),
              ElementsAre("activity.stored " + activity, "athlete.deauthorized " + athlete))
      << "what happened before is told, too";

  store::Athlete again;
  again.id = event::AthleteId{kAthlete};
  store::Athletes(database_).put(again, now_);
  run({"athlete", "remove", athlete, "--keep-grant", "--yes"});
  EXPECT_THAT(untold(), ElementsAre(testing::_, testing::_, "athlete.deauthorized " + athlete));
}

TEST_F(HookspoolctlQueueTest, ShowsTheJournal) {
  using std::chrono::hours;
  add_event("a", "create", kActivity, hours(50));
  add_event("b", "delete", kActivity, hours(1));
  add_event("c", "create", kActivity + 1);

  EXPECT_EQ(run_json({"events"}).size(), 3U);
  EXPECT_EQ(run_json({"events", "--since", "2 days ago"}).size(), 2U);
  EXPECT_EQ(run_json({"events", "--object", std::to_string(kActivity)}).size(), 2U);
  EXPECT_EQ(run_json({"events", "--limit", "1"})[0]["record_id"].asString(), "c");
  const ProgramRun wrong = run({"events", "--since", "3/11/2026"});
  EXPECT_EQ(wrong.exit_code, code(ExitCode::kUsage));
  EXPECT_THAT(wrong.errors, HasSubstr("3/11/2026"));
}

TEST_F(HookspoolctlQueueTest, FollowsTheJournalWithoutSpeakingToTheTerminal) {
  event::Event event;
  event.object_id = kActivity;
  store::Events(database_).add({"a", now_, event, "{\"title\":\"\x1b[2J\"}", ""});
  std::vector<std::string> follow = command({"events", "--follow"});
  follow.insert(follow.begin(), {"/usr/bin/timeout", "2"});
  const ProgramRun shown = test::run_program(follow);
  EXPECT_THAT(shown.output, HasSubstr(std::to_string(kActivity)));
  EXPECT_THAT(shown.output, Not(HasSubstr("\x1b")));
}

/// As those that waited in the spool while the fetcher was down.
TEST_F(HookspoolctlQueueTest, FollowsTheJournalWheneverWhatComesWasReceived) {
  using std::chrono::minutes;
  add_event("a", "create", kActivity);
  // What it prints is read where errors are.
  std::vector<std::string> follow = command({"events", "--follow"});
  follow.insert(follow.begin(), {"-c", "exec \"$@\" >&2", "sh"});
  test::ChildProcess following({"/bin/sh", follow, {}});
  following.read_error_until(std::to_string(kActivity));
  add_event("received before", "create", kActivity + 1, minutes(10));
  following.read_error_until(std::to_string(kActivity + 1));
  for (const int later : {2, 3}) {
    add_event("later " + std::to_string(later), "create", kActivity + later);
    following.read_error_until(std::to_string(kActivity + later) + ",");
  }
  following.send_signal(SIGINT);

  const std::string shown = following.wait().error;
  EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 4) << "each once: " << shown;
}

TEST_F(HookspoolctlQueueTest, FollowsWhatItWasAskedForOnly) {
  using std::chrono::hours;
  std::vector<std::string> follow = command(
      {"events", "--follow", "--since", "1h", "--object", std::to_string(kActivity), "--json"});
  follow.insert(follow.begin(), {"-c", "exec \"$@\" >&2", "sh"});
  add_event("a", "create", kActivity);
  test::ChildProcess following({"/bin/sh", follow, {}});
  following.read_error_until("\"record_id\":\"a\"");
  add_event("of before", "create", kActivity, hours(2));
  add_event("of another", "create", kActivity + 1);
  add_event("b", "create", kActivity);
  const std::string shown = following.read_error_until("\"record_id\":\"b\"");
  EXPECT_THAT(shown, Not(HasSubstr("of before")));
  EXPECT_THAT(shown, Not(HasSubstr("of another")));
}

TEST_F(HookspoolctlQueueTest, ReplaysWhatTheEventsAskedFor) {
  add_event("a", "create", kActivity);
  add_event("b", "delete", kActivity);
  add_event("c", "create", kActivity + 1);

  const Json::Value replayed = run_json({"replay", "--since", "yesterday"});
  EXPECT_EQ(replayed["events"].asInt(), 3);
  EXPECT_EQ(replayed["jobs"].asInt(), 2);
  EXPECT_EQ(replayed["waiting_already"].asInt(), 0);
  EXPECT_EQ(jobs_.find(store::Wish::kRemove, kActivity, event::AthleteId{kAthlete})->wish,
            store::Wish::kFetch)
      << "it is not stored, and the deletion may have been forged";
  EXPECT_THAT(run({"replay", "--since", "yesterday"}).output, HasSubstr("2 of which waited"));
  EXPECT_EQ(run_json({"replay", "--since", "1h", "--object", std::to_string(kActivity + 1)})["jobs"]
                .asInt(),
            1);
}

TEST_F(HookspoolctlQueueTest, SaysWhatIsRefusedForItsSignatureAndReplaysItByTheRightKey) {
  add_event("a", "create", kActivity);
  configure_signatures("require", "a wrong key");
  const ProgramRun refused = run({"replay", "--since", "yesterday"});
  EXPECT_THAT(refused.output, HasSubstr("of 0 events"));
  EXPECT_THAT(refused.output, HasSubstr("1 events more lead to nothing"));
  EXPECT_EQ(run_json({"replay", "--since", "yesterday"})["without_right_signature"].asInt(), 1);

  const auto event_time = std::chrono::floor<std::chrono::seconds>(now_);
  const std::string body =
      test::event_body("activity", kActivity + 1, "create", event_time, "", kAthlete);
  event::Event unknown = std::get<event::Event>(event::parse(body));
  unknown.kind = event::Kind::kUnknown;
  store::Events(database_).add(
      {"b", now_, unknown, body, test::signature_by("the right key", body, now_)});
  configure_signatures("require", "the right key");
  EXPECT_EQ(run_json({"replay", "--since", "yesterday"})["jobs"].asInt(), 1);
  EXPECT_EQ(run_json({"events", "--limit", "1"})[0]["kind"].asString(), "activity.create");
}

TEST_F(HookspoolctlQueueTest, FetchesTheHistoryFromTheListAlone) {
  add_history(25);
  const ProgramRun done = run({"backfill"});
  EXPECT_EQ(done.exit_code, 0) << done.errors;
  EXPECT_EQ(count(), 25);
  EXPECT_EQ(requests("/athlete/activities"), 3) << "a page, the empty one behind it, and back";
  EXPECT_EQ(requests("/api/v3/activities/"), 0);
}

TEST_F(HookspoolctlQueueTest, FetchesTheHistoryInDetailAndNothingTwice) {
  add_history(25);
  EXPECT_EQ(run({"backfill", "--details", "--json"}).exit_code, 0);
  EXPECT_EQ(requests("/api/v3/activities/"), 25);
  run({"backfill", "--details"});
  EXPECT_EQ(requests("/api/v3/activities/"), 25);
  EXPECT_EQ(count(), 25);
}

TEST_F(HookspoolctlQueueTest, QueuesTheHistoryForTheFetcher) {
  add_history(3);
  EXPECT_THAT(run({"backfill", "--no-wait"}).output, HasSubstr("1 athlete"));
  EXPECT_EQ(count(), 0);
  EXPECT_THAT(run({"status"}).output, HasSubstr("backfill"));
  fetch();
  EXPECT_EQ(count(), 3);
}

TEST_F(HookspoolctlQueueTest, TellsHowMuchHistoryThereWas) {
  add_history(25);
  const ProgramRun listed = run({"backfill"});
  EXPECT_THAT(listed.output, HasSubstr("done: 25 of 25 activities"));
  EXPECT_THAT(listed.output, Not(HasSubstr("--dead"))) << "nothing was given up";
  EXPECT_THAT(listed.errors, HasSubstr("Z 25 of 25")) << "the last line, off a terminal, too";

  const Json::Value fetched = run_json({"backfill", "--details"});
  EXPECT_TRUE(fetched["done"].asBool());
  EXPECT_EQ(fetched["activities"].asInt(), 25);
  EXPECT_EQ(fetched["waiting"].asInt(), 0);
  EXPECT_EQ(fetched["given_up"].asInt(), 0);
}

TEST_F(HookspoolctlQueueTest, SaysWhoseHistoryCannotBeFetchedAndWhy) {
  add_history(3);
  store::Athlete athlete = athletes().at(0);
  athlete.refresh_token = Secret("a grant that was taken back");
  store::Athletes(database_).put(athlete, now_);

  const ProgramRun refused = run({"backfill", "--details"});
  EXPECT_EQ(refused.exit_code, code(ExitCode::kUnavailable));
  EXPECT_THAT(refused.output, HasSubstr("not done"));
  EXPECT_THAT(refused.output, Not(HasSubstr("--dead")));
  EXPECT_THAT(refused.errors, HasSubstr("athlete " + std::to_string(kAthlete)));
  EXPECT_THAT(refused.errors, HasSubstr("hookspoolctl authorize"));
  EXPECT_THAT(run({"status"}).output, HasSubstr("waits for hookspoolctl authorize"));
  EXPECT_EQ(run({"backfill"}).exit_code, code(ExitCode::kNoInput)) << "nobody is left to be asked";
}

TEST_F(HookspoolctlQueueTest, SaysWhyItStandsStillWhileStravaDoesNotList) {
  add_history(3);
  strava_.add_fault("/athlete/activities", "status", 503);
  const ProgramRun interrupted =
      test::run_on_terminal(command({"backfill"}), "listing failed: ", "\x03");
  EXPECT_NE(interrupted.exit_code, 0);
  EXPECT_THAT(interrupted.output, HasSubstr("503"));
}

TEST_F(HookspoolctlQueueTest, ShowsTheHistoryUntilAllOfItIsFetched) {
  store::Listing listing;
  listing.athlete_id = event::AthleteId{kAthlete};
  listing.details = true;
  listing.id = store::Listings(database_).add(listing);
  EXPECT_THAT(run({"status"}).output, HasSubstr("0 activities so far"));

  listing.listed = 412;
  listing.ended = now_;
  store::Listings(database_).update(listing);
  const store::Jobs::Order order{store::Lane::kBackfill, store::Wish::kFetch, kActivity,
                                 event::AthleteId{kAthlete}};
  jobs_.add(order, now_);
  EXPECT_THAT(run({"status"}).output, HasSubstr("411 of 412 activities"));
  const Json::Value backfill = run_json({"status"})["backfills"][0];
  EXPECT_EQ(backfill["activities"].asInt(), 412);
  EXPECT_EQ(backfill["waiting"].asInt(), 1);
  EXPECT_TRUE(backfill["listed_to_the_end"].asBool());

  jobs_.drop_all_of(kActivity);
  EXPECT_THAT(run({"status"}).output, Not(HasSubstr("412")));
}

TEST_F(HookspoolctlQueueTest, RefusesAHistoryThatCannotBe) {
  EXPECT_EQ(run({"backfill", "--streams"}).exit_code, code(ExitCode::kConfiguration));
  EXPECT_EQ(run({"backfill", "--athlete", "7"}).exit_code, code(ExitCode::kNoInput));
  EXPECT_EQ(run({"backfill", "--after", "whenever"}).exit_code, code(ExitCode::kUsage));
  EXPECT_EQ(run({"backfill", "--after", ""}).exit_code, code(ExitCode::kUsage))
      << "a variable of a shell that is not set is not all of the history";
}

TEST_F(HookspoolctlQueueTest, RepairsWhatTheWebhooksMissed) {
  add_history(5);
  run({"backfill", "--details"});
  const Json::Value all = strava_.control("GET", "/_sim/activities");
  const std::string edited = "/_sim/activities/" + all[0]["id"].asString();
  Json::Value change;
  change["name"] = "edited unheard";
  change["event"] = false;
  strava_.control("PATCH", edited, change);
  strava_.control("DELETE", "/_sim/activities/" + all[1]["id"].asString() + "?event=false");
  Json::Value other_gear;
  other_gear["gear_id"] = "b4711";
  other_gear["event"] = false;
  strava_.control("PATCH", "/_sim/activities/" + all[2]["id"].asString(), other_gear);
  const std::int64_t created = strava_.add_activity(kAthlete);
  const int asked = requests("/api/v3/activities/");

  EXPECT_EQ(run_json({"reconcile"})["begun"].asInt(), 1);
  fetch();
  EXPECT_EQ(requests("/api/v3/activities/") - asked, 4) << "what has not changed costs nothing";

  store::Activities activities(database_);
  EXPECT_EQ(activities.find(event::ActivityId{all[0]["id"].asInt64()})->name, "edited unheard");
  EXPECT_FALSE(activities.find(event::ActivityId{all[1]["id"].asInt64()}));
  EXPECT_THAT(activities.find(event::ActivityId{all[2]["id"].asInt64()})->json,
              HasSubstr("\"b4711\""));
  EXPECT_TRUE(activities.find(event::ActivityId{created}));
}

TEST_F(HookspoolctlQueueTest, AsksBeforeItRemovesALargePart) {
  add_history(20);
  run({"backfill", "--details"});
  const Json::Value all = strava_.control("GET", "/_sim/activities");
  for (int i = 0; i < 10; ++i) {
    strava_.control("DELETE", "/_sim/activities/" + all[i]["id"].asString() + "?event=false");
  }
  run({"reconcile"});
  fetch();
  EXPECT_EQ(count(), 20);
  EXPECT_THAT(run({"status"}).output,
              HasSubstr("are gone at Strava; hookspoolctl reconcile --athlete " +
                        std::to_string(kAthlete) + " --may-remove"));

  run({"reconcile", "--may-remove"});
  fetch();
  EXPECT_EQ(count(), 10);
  EXPECT_THAT(run({"status"}).output, Not(HasSubstr("are gone at Strava")));
}

TEST_F(HookspoolctlQueueTest, SaysWhyItReconcilesNothing) {
  const ProgramRun future = run({"reconcile", "--after", "2130"});
  EXPECT_EQ(future.exit_code, code(ExitCode::kUsage));
  EXPECT_THAT(future.errors, HasSubstr("is in the future (2130-01-01T00:00:00Z)"));

  store::Athletes(database_).stop(event::AthleteId{kAthlete}, "the grant was revoked");
  const ProgramRun stopped = run({"reconcile"});
  EXPECT_EQ(stopped.exit_code, code(ExitCode::kNoInput));
  EXPECT_THAT(stopped.errors, HasSubstr("is left out: the grant was revoked"));
}

TEST_F(HookspoolctlQueueTest, ShowsAListNoMoreThatWasDropped) {
  run({"backfill", "--no-wait"});
  const Json::Value jobs = run_json({"jobs"});
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_THAT(run({"status"}).output, HasSubstr("0 activities so far"));
  EXPECT_EQ(run_json({"drop", jobs[0]["object_id"].asString()})["jobs"].asInt(), 1);
  EXPECT_THAT(run({"status"}).output, Not(HasSubstr("so far")));
}

TEST_F(HookspoolctlQueueTest, PurgesAnAthleteWithoutAskingStrava) {
  store_activity(kActivity);
  EXPECT_EQ(run({"athlete", "purge", std::to_string(kAthlete)}).exit_code, code(ExitCode::kUsage));
  EXPECT_EQ(run({"athlete", "purge", std::to_string(kAthlete), "--yes"}).exit_code, 0);
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(athletes().empty());
  EXPECT_EQ(requests("/oauth/revoke"), 0);
  EXPECT_EQ(run({"athlete", "purge", "7", "--yes"}).exit_code, code(ExitCode::kNoInput));
}

TEST_F(HookspoolctlQueueTest, ShowsWhoHasNotBeenTold) {
  const SystemClock clock;
  fetcher::Changes(database_, clock, {"https://one.example/secret-path"})
      .stored(event::ActivityId{kActivity}, event::AthleteId{kAthlete});
  const ProgramRun shown = run({"notifications"});
  EXPECT_THAT(shown.output, HasSubstr("https://one.example"));
  EXPECT_THAT(shown.output, Not(HasSubstr("secret-path")));
  EXPECT_EQ(run_json({"notifications", "--retry"})["notifications"].asInt(), 0);
  EXPECT_EQ(run_json({"notifications", "--drop"})["notifications"].asInt(), 0);
}

}  // namespace
}  // namespace hookspool::ctl
