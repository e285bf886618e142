// hookspoolctl doctor, one fault at a time

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "ctl/diagnosis.h"
#include "ctl/hookspoolctl.h"
#include "spool/record.h"
#include "store/activities.h"
#include "store/counters.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/notifications.h"
#include "store/pause.h"
#include "store/rate_windows.h"
#include "support/failing_file_system.h"
#include "support/temporary_directory.h"

namespace hookspool::ctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class HookspoolctlDoctorTest : public HookspoolctlTest {
 protected:
  HookspoolctlDoctorTest() {
    run({"athlete", "add"}, strava_.add_athlete(kAthlete).refresh_token + "\n");
    run({"subscribe"});
  }

  /// What it says, and that its exit code is that of the gravest.
  std::string diagnosis(int exit_code, std::vector<std::string> options = {}) {
    options.insert(options.begin(), "doctor");
    const ProgramRun doctor = run(options);
    EXPECT_EQ(doctor.exit_code, exit_code) << doctor.output << doctor.errors;
    return doctor.output;
  }

  std::filesystem::path spool() const { return directory_ / "spool"; }

  /// A job that has been due for an hour.
  void queue_long_ago(store::Lane lane) {
    store::Database database(store_url());
    store::Jobs::Order order;
    order.lane = lane;
    order.object_id = 9 + static_cast<std::int64_t>(lane);
    order.athlete = event::AthleteId{kAthlete};
    store::Jobs(database).add(order, SystemClock().now() - std::chrono::hours(1));
  }
  /// So many of 100 reads are used in the quarter of an hour, which turns then.
  void set_quarter_hour(std::chrono::minutes turns, std::int64_t used) {
    store::Database database(store_url());
    const Timestamp now = SystemClock().now();
    store::RateWindows windows(database);
    windows.put("quarter_hour", {now + turns, used, used, 0, 200, used, 100, used});
    windows.put("day", {now + std::chrono::hours(5), used, used, 0, 2000, used, 1000, used});
  }
};

TEST_F(HookspoolctlDoctorTest, IsContentWithASoundSetUp) {
  const std::string said = diagnosis(0);

  EXPECT_THAT(said, Not(HasSubstr("->")));
  EXPECT_THAT(said, AllOf(HasSubstr("a durable write takes"), HasSubstr("MiB are free"),
                          HasSubstr("answers the challenge"), HasSubstr("is ours"),
                          HasSubstr("clock differs from Strava's by"),
                          HasSubstr("athlete 134815 is authorized"),
                          HasSubstr("the token of athlete 134815 is accepted")));
  EXPECT_FALSE(std::filesystem::exists(spool() / ".doctor"));
}

TEST_F(HookspoolctlDoctorTest, TellsProgramsTheSame) {
  const Json::Value findings = run_json({"doctor"});

  ASSERT_GT(findings.size(), 8U);
  for (const Json::Value& finding : findings) {
    EXPECT_EQ(finding["level"].asString(), "ok");
    EXPECT_EQ(finding["mend"].asString(), "");
    EXPECT_FALSE(finding["subject"].asString().empty());
  }
}

TEST_F(HookspoolctlDoctorTest, NamesTheLineThatIsWrongInTheConfiguration) {
  std::ofstream(directory_ / "hookspool.toml", std::ios::app) << "typo = 1\n";
  EXPECT_THAT(diagnosis(2), HasSubstr("store.typo"));
}

TEST_F(HookspoolctlDoctorTest, WarnsOfASecretThatEverybodyCanRead) {
  std::filesystem::permissions(directory_ / "client-secret", std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_THAT(diagnosis(1), HasSubstr("everybody on this machine can read"));
}

TEST_F(HookspoolctlDoctorTest, MissesASpoolAndMakesNone) {
  std::filesystem::remove_all(spool());
  EXPECT_THAT(diagnosis(2), HasSubstr("spool does not exist"));
  EXPECT_FALSE(std::filesystem::exists(spool()));
}

TEST_F(HookspoolctlDoctorTest, MissesAStoreAndMakesNone) {
  std::filesystem::remove(directory_ / "hookspool.db");
  EXPECT_THAT(test::run_program(command({"doctor"})).output,
              HasSubstr("hookspool.db does not exist yet"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "hookspool.db"));
}

/// As root, what another user cannot do is tried as that user; else as oneself.
TEST_F(HookspoolctlDoctorTest, FindsASpoolThatItsUserCannotWrite) {
  if (::geteuid() == 0) {
    std::filesystem::permissions(directory_.path(), std::filesystem::perms::all);
    std::filesystem::permissions(spool(), std::filesystem::perms(0755));
    EXPECT_THAT(diagnosis(2, {"--web-user", "nobody"}),
                HasSubstr("nobody cannot make files in " + spool().string()));
  } else {
    std::filesystem::permissions(spool(), std::filesystem::perms(0500));
    EXPECT_THAT(diagnosis(2), HasSubstr("Permission denied"));
    std::filesystem::permissions(spool(), std::filesystem::perms(0700));
  }
}

TEST_F(HookspoolctlDoctorTest, WantsAUserThatThereIs) {
  if (::geteuid() != 0) return;
  EXPECT_THAT(diagnosis(2, {"--web-user", "no-such-user"}), HasSubstr("no user no-such-user"));
}

TEST_F(HookspoolctlDoctorTest, SaysWhatTheCallbackAnswersInstead) {
  test::HttpServer elsewhere;
  elsewhere.routes().Get("/hook", [](const auto&, auto& response) {
    response.set_redirect("https://www.example.org/hook", 308);
  });
  configure(elsewhere.url() + "/hook");
  const std::string said = diagnosis(2);

  EXPECT_THAT(said, HasSubstr("a redirect, 308 to https://www.example.org/hook"));
  EXPECT_THAT(said, HasSubstr("subscribe --replace")) << "and Strava has the old URL";
}

TEST_F(HookspoolctlDoctorTest, MissesASubscription) {
  strava_.control("DELETE", "/_sim/subscription");
  EXPECT_THAT(diagnosis(2), HasSubstr("Strava has none, and sends no events"));
}

TEST_F(HookspoolctlDoctorTest, FindsAnIdThatTheReceiverDoesNotExpect) {
  write(spool() / "subscription", "7\n");
  EXPECT_THAT(diagnosis(2), HasSubstr("the receiver expects 7"));
  std::filesystem::remove(spool() / "subscription");
  EXPECT_THAT(diagnosis(1), HasSubstr("takes events of any"));
}

TEST_F(HookspoolctlDoctorTest, SaysThatTheApplicationIsInactive) {
  strava_.set_switch("app_inactive", true);
  EXPECT_THAT(diagnosis(2), AllOf(HasSubstr("application"), HasSubstr("is inactive")));
}

TEST_F(HookspoolctlDoctorTest, SaysThatStravaCannotBeReached) {
  strava_.add_fault("/athlete$", "cut");
  EXPECT_THAT(diagnosis(2), HasSubstr("this machine must reach Strava by https"));
}

TEST_F(HookspoolctlDoctorTest, FindsTheApiWhereItIsAfter2027) {
  strava_.set_switch("mode_2027", true);
  EXPECT_THAT(diagnosis(1),
              AllOf(HasSubstr("Strava's API is not at " + strava_.url() + "/api/v3"),
                    HasSubstr("is ours"), HasSubstr("the token of athlete 134815 is accepted")));
}

TEST_F(HookspoolctlDoctorTest, ComparesTheClocks) {
  Json::Value advance;
  advance["advance_seconds"] = 60;
  strava_.control("POST", "/_sim/clock", advance);
  EXPECT_THAT(diagnosis(1), HasSubstr("keep it by NTP"));
  advance["advance_seconds"] = 600;
  strava_.control("POST", "/_sim/clock", advance);
  EXPECT_THAT(diagnosis(2), HasSubstr("set it, and keep it by NTP"));
}

TEST_F(HookspoolctlDoctorTest, FindsTooLittleScope) {
  run({"athlete", "add"}, strava_.add_athlete(7, "read").refresh_token + "\n");
  EXPECT_THAT(diagnosis(2), HasSubstr("athlete 7 did not grant activity:read, without which"));
}

TEST_F(HookspoolctlDoctorTest, FindsATokenThatIsNotAccepted) {
  Json::Value silently;
  silently["event"] = false;
  strava_.control("POST", "/_sim/athletes/134815/revoke", silently);
  EXPECT_THAT(diagnosis(2), HasSubstr("the token of athlete 134815 is not accepted"));
}

/// The fetchers go by what is left.
TEST_F(HookspoolctlDoctorTest, CountsWhatItAsksInTheBudgetThatTheFetchersShare) {
  diagnosis(0);
  store::Database database(store_url());
  const auto counted = store::RateWindows(database).find("quarter_hour");
  const Json::Value at_strava = strava_.control("GET", "/_sim/rate_limits")["read"];

  ASSERT_TRUE(counted);
  EXPECT_GT(counted->read_used, 0);
  EXPECT_EQ(counted->read_used, at_strava[0].asInt64());
}

TEST_F(HookspoolctlDoctorTest, TriesNoTokenWhileTheRateLimitIsUsedUp) {
  {
    store::Database database(store_url());
    const Timestamp now = SystemClock().now();
    store::Pause(database).set(store::PauseState::Kind::kRateLimit, "it is used up", now,
                               now + std::chrono::minutes(5));
  }
  strava_.control("DELETE", "/_sim/requests");

  EXPECT_THAT(diagnosis(1), HasSubstr("the token of athlete 134815 was not tried"));
  for (const Json::Value& request : strava_.control("GET", "/_sim/requests?path=/athlete")) {
    EXPECT_EQ(request["status"].asInt(), 401) << "without a token, to see Strava's clock";
  }
}

TEST_F(HookspoolctlDoctorTest, HasTheFetchersHeedARefusalForTheRateLimit) {
  // The first one looks for Strava's clock, without a token.
  for (int i = 0; i < 2; ++i) strava_.add_fault("/athlete$", "status", 429);
  EXPECT_THAT(diagnosis(1), HasSubstr("was not tried"));
  store::Database database(store_url());
  const auto pause = store::Pause(database).find();
  ASSERT_TRUE(pause);
  EXPECT_EQ(pause->kind, store::PauseState::Kind::kRateLimit);
}

TEST_F(HookspoolctlDoctorTest, MissesTheCommandThatIsToBeTold) {
  std::ofstream(directory_ / "hookspool.toml", std::ios::app) << "[notify]\ncommand = \"hook\"\n";
  EXPECT_THAT(diagnosis(2), AllOf(HasSubstr("hook: No such file"), HasSubstr("[notify] command")));
}

TEST_F(HookspoolctlDoctorTest, TellsOfMessagesThatNobodyTook) {
  store::Notification notification;
  notification.consumer = "https://consumer.test/secret-path";
  notification.kind = "activity.stored";
  {
    store::Database database(store_url());
    store::Notifications notifications(database);
    const Timestamp now = SystemClock().now();
    notification.change_id = "first";
    notifications.add(notification);
    notification.change_id = "second";
    notification.object_id = 2;
    notifications.add(notification);
    const auto claimed =
        notifications.claim(notification.consumer, 2, "us", now, now + std::chrono::minutes(1));
    ASSERT_EQ(claimed.size(), 2U);
    notifications.bury(claimed[0], "us", "it answered 410");
    notifications.postpone(claimed[1], "us", now, now, "it answered 500");
  }
  EXPECT_THAT(diagnosis(1), AllOf(HasSubstr("1 are given up"), HasSubstr("it answered 500"),
                                  Not(HasSubstr("secret-path"))));
}

TEST_F(HookspoolctlDoctorTest, MissesAnAthlete) {
  run({"athlete", "remove", "134815", "--yes"});
  EXPECT_THAT(diagnosis(2), HasSubstr("nobody has authorized the application"));
}

TEST_F(HookspoolctlDoctorTest, SeesThatTheFetcherDoesNotRun) {
  const Timestamp long_ago = SystemClock().now() - std::chrono::hours(1);
  write(spool() / "current", spool::encode({long_ago, "record-1", "{}", ""}));
  EXPECT_THAT(diagnosis(2), HasSubstr("1 records wait in the spool since"));
  std::filesystem::remove(spool() / "current");

  store::Database database(store_url());
  store::Jobs(database).want(store::Wish::kFetch, 9, event::AthleteId{kAthlete}, {}, long_ago);
  EXPECT_THAT(diagnosis(2), HasSubstr("jobs are due since"));
}

// A backfill's jobs are due for days.

TEST_F(HookspoolctlDoctorTest, FindsNoFaultInABackfillThatWaitsForTheRateLimit) {
  queue_long_ago(store::Lane::kBackfill);
  set_quarter_hour(std::chrono::minutes(10), 97);
  EXPECT_THAT(diagnosis(1), AllOf(HasSubstr("due jobs wait: backfill until 20"),
                                  HasSubstr("the rest of which is kept for fresh events"),
                                  Not(HasSubstr("jobs are due since"))));
  set_quarter_hour(std::chrono::minutes(10), 100);
  EXPECT_THAT(diagnosis(1),
              AllOf(HasSubstr("for the rate limit\n"), Not(HasSubstr("jobs are due since"))));
}

TEST_F(HookspoolctlDoctorTest, FindsAFaultWhereABackfillCouldGoOnAndNobodyWorks) {
  queue_long_ago(store::Lane::kBackfill);
  set_quarter_hour(std::chrono::minutes(10), 10);
  EXPECT_THAT(diagnosis(2), HasSubstr("jobs are due since"));
  set_quarter_hour(-std::chrono::minutes(30), 100);
  EXPECT_THAT(diagnosis(2), HasSubstr("jobs are due since"));
}

TEST_F(HookspoolctlDoctorTest, FindsAFaultInFreshJobsThoughABackfillWaits) {
  queue_long_ago(store::Lane::kBackfill);
  queue_long_ago(store::Lane::kFresh);
  set_quarter_hour(std::chrono::minutes(10), 90);
  EXPECT_THAT(diagnosis(2),
              AllOf(HasSubstr("due jobs wait: backfill until"), HasSubstr("jobs are due since")));
}

/// A fetcher that cron starts need not have come by.
TEST_F(HookspoolctlDoctorTest, GivesAFetcherTimeWhenTheRateLimitHasTurned) {
  queue_long_ago(store::Lane::kBackfill);
  set_quarter_hour(-std::chrono::minutes(2), 100);
  EXPECT_THAT(diagnosis(0), Not(HasSubstr("jobs are due since")));
}

TEST_F(HookspoolctlDoctorTest, FindsNoFaultWhereSomebodyIsAtWork) {
  queue_long_ago(store::Lane::kBackfill);
  queue_long_ago(store::Lane::kReconcile);
  set_quarter_hour(std::chrono::minutes(10), 10);
  store::Database database(store_url());
  const Timestamp now = SystemClock().now();
  const auto claimed = store::Jobs(database).claim(store::Lane::kReconcile, 1, "us", now,
                                                   now + std::chrono::minutes(5));
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_THAT(diagnosis(0), Not(HasSubstr("jobs are due since")));

  store::Jobs(database).finish(claimed.front(), "us");
  store::StoredActivity activity;
  activity.id = event::ActivityId{1};
  activity.fetched = now - std::chrono::minutes(7);
  store::Activities(database).put(activity);
  EXPECT_THAT(diagnosis(0), Not(HasSubstr("jobs are due since")));
}

/// Then a request has to find out whether it is over, and somebody to send it.
TEST_F(HookspoolctlDoctorTest, FindsAFaultWhereAPauseEndedAndNobodyWorks) {
  queue_long_ago(store::Lane::kFresh);
  const Timestamp now = SystemClock().now();
  {
    store::Database database(store_url());
    store::Pause(database).set(store::PauseState::Kind::kOutage, "Strava is out",
                               now - std::chrono::hours(2), now - std::chrono::minutes(30));
  }
  EXPECT_THAT(diagnosis(2), HasSubstr("jobs are due since"));
}

TEST_F(HookspoolctlDoctorTest, WarnsOfWhatWaitsAndWhatIsGivenUp) {
  const Timestamp now = SystemClock().now();
  store::Database database(store_url());
  store::Jobs jobs(database);
  jobs.want(store::Wish::kFetch, 9, event::AthleteId{kAthlete}, {}, now);
  jobs.want(store::Wish::kFetch, 10, event::AthleteId{7}, {}, now);
  for (const store::Job& job : jobs.claim(store::Lane::kFresh, 2, "us", now, now)) {
    jobs.bury(job, "us", "403");
  }
  store::Pause(database).set(store::PauseState::Kind::kApplication, "the rate limit is used up",
                             now, now + std::chrono::minutes(5));
  store::RateWindows windows(database);
  windows.put("quarter_hour", {now + std::chrono::hours(1), 95, 95, 0, 200, 95, 100, 95});
  windows.put("day", {now + std::chrono::hours(1), 100, 100, 0, 2000, 100, 1000, 100});
  const std::string said = diagnosis(1);

  EXPECT_THAT(said, HasSubstr("everything waits until"));
  EXPECT_THAT(said, HasSubstr("1 are given up"));
  EXPECT_THAT(said, HasSubstr("1 are of athletes who have not been added"));
  EXPECT_THAT(said, HasSubstr("95 of 100 requests are used (read, quarter_hour)"));
}

TEST_F(HookspoolctlDoctorTest, WarnsOfSilence) {
  store::Database database(store_url());
  const Timestamp then = SystemClock().now() - std::chrono::days(20);
  store::Events(database).add({"record-1", then, {}, "{}", ""});
  store::StoredActivity activity;
  activity.id = event::ActivityId{1};
  store::Activities(database).put(activity);
  EXPECT_THAT(diagnosis(1), HasSubstr("the last event came"));
}

TEST_F(HookspoolctlDoctorTest, FindsThatSignaturesAreWrongUntilARightOneComes) {
  store::Database database(store_url());
  store::Counters counters(database);
  const Timestamp now = SystemClock().now();
  const Timestamp right = now - std::chrono::hours(40);
  counters.add(store::counter::kRightSignature, right);
  counters.add(store::counter::kWrongSignature, now - std::chrono::hours(1));

  EXPECT_THAT(diagnosis(1), HasSubstr("it counts all the same"));
  configure_signatures("require", "key");
  EXPECT_THAT(diagnosis(1), AllOf(HasSubstr("what lacks one is refused"), Not(HasSubstr("log\""))))
      << "since right ones come, it may be forged";
  configure_signatures("off", "key");
  diagnosis(0);

  configure_signatures("require", "key");
  counters.add(store::counter::kRightSignature, now - std::chrono::hours(1));
  EXPECT_THAT(diagnosis(0), Not(HasSubstr("signature")));
}

TEST_F(HookspoolctlDoctorTest, FindsNothingInSignaturesThatWereWrongLongAgo) {
  store::Database database(store_url());
  store::Counters counters(database);
  counters.add(store::counter::kWrongSignature, SystemClock().now() - std::chrono::days(8));
  configure_signatures("require", "key");
  diagnosis(0);
  counters.add(store::counter::kWrongSignature, SystemClock().now() - std::chrono::days(6));
  EXPECT_THAT(diagnosis(2), AllOf(HasSubstr("none with a right one ever"),
                                  HasSubstr("or set signature = \"log\"")));
}

/// They are as good as lost until somebody replays them.
TEST_F(HookspoolctlDoctorTest, FindsEventsThatWereRefusedAndAreRightByWhatIsConfiguredNow) {
  store::Database database(store_url());
  const Timestamp received = SystemClock().now() - std::chrono::days(3);
  const std::string body = R"({"aspect_type":"create","object_type":"activity","object_id":14919,)"
                           R"("owner_id":134815,"subscription_id":1,"event_time":1795449730,)"
                           R"("updates":{}})";
  store::Events(database).add({"record-1", received, {}, body, ""});
  configure_signatures("require", "key");
  diagnosis(0);
  configure_signatures("log", "key");
  EXPECT_THAT(diagnosis(1),
              HasSubstr("hookspoolctl replay --since " + to_rfc3339_seconds(received)));
}

TEST_F(HookspoolctlDoctorTest, WarnsOfASpoolInMemory) {
  const test::TemporaryDirectory in_memory("/dev/shm");
  const Findings findings = check_spool(in_memory.path(), spool::real_file_system());

  EXPECT_EQ(findings.back().level, Level::kWarning);
  EXPECT_THAT(findings.back().text, HasSubstr("is in memory"));
}

TEST(HookspoolctlDoctorOfTheKernel, WarnsWhereOnlyOneProgramIsToldOfADisksError) {
  for (const char* old : {"3.10.0-1160.el7.x86_64", "4.4.0-210-generic", "4.12.14-lp151"}) {
    const auto finding = check_kernel(old);
    ASSERT_TRUE(finding) << old;
    EXPECT_EQ(finding->level, Level::kWarning);
    EXPECT_THAT(finding->text, HasSubstr(old));
  }
  for (const char* sound :
       {"4.13.0", "4.18.0-553.el8_10.x86_64", "5.10.0-28-amd64", "6.1.0", "?"}) {
    EXPECT_FALSE(check_kernel(sound)) << sound;
  }
}

TEST_F(HookspoolctlDoctorTest, WarnsOfSilenceThatTheJournalHasForgotten) {
  store::Database database(store_url());
  store::Counters(database).add(store::counter::kEvent,
                                SystemClock().now() - std::chrono::days(50));
  store::StoredActivity activity;
  activity.id = event::ActivityId{1};
  store::Activities(database).put(activity);
  EXPECT_THAT(diagnosis(1), HasSubstr("the last event came"));
}

TEST_F(HookspoolctlDoctorTest, SaysThatTheDiskIsFull) {
  for (const char* call : {"open", "write", "fdatasync"}) {
    test::FailingFileSystem files(
        [&](const std::string& called, int) { return called == call ? ENOSPC : 0; });
    const Findings findings = check_spool(spool(), files);

    ASSERT_EQ(findings.size(), 1U) << call;
    EXPECT_EQ(findings.front().level, Level::kFault);
    EXPECT_THAT(findings.front().text, HasSubstr("No space left on device"));
    EXPECT_THAT(findings.front().mend, HasSubstr("make room"));
    EXPECT_FALSE(std::filesystem::exists(spool() / ".doctor")) << call;
  }
}

}  // namespace
}  // namespace hookspool::ctl
