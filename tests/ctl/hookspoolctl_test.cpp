// The program as it was built, run as a person runs it, against the simulated Strava.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <json/reader.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/exit_code.h"
#include "base/file_content.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/jobs.h"
#include "store/pause.h"
#include "support/http_server.h"
#include "support/program_run.h"
#include "support/simulated_strava.h"
#include "support/temporary_directory.h"

namespace hookspool::ctl {
namespace {

using test::ProgramRun;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::int64_t kAthlete = 134815;
constexpr const char* kVerifyToken = "verify-token-of-the-tests";

int code(ExitCode exit_code) {
  return static_cast<int>(exit_code);
}

Json::Value parsed(const std::string& text) {
  Json::Value value;
  std::istringstream(text) >> value;
  return value;
}

void write(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path) << content;
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

/// Answers Strava's validation request as hookspool.fcgi does.
class EchoingReceiver {
 public:
  EchoingReceiver() {
    server_.routes().Get("/hook", [](const httplib::Request& request, httplib::Response& response) {
      if (request.get_param_value("hub.verify_token") != kVerifyToken) {
        response.status = 403;
        return;
      }
      response.set_content(
          R"({"hub.challenge":")" + request.get_param_value("hub.challenge") + R"("})",
          "application/json");
    });
  }
  std::string url() const { return server_.url() + "/hook"; }

 private:
  test::HttpServer server_;
};

class HookspoolctlTest : public testing::Test {
 protected:
  HookspoolctlTest() { configure(receiver_.url()); }

  void configure(const std::string& callback_url,
                 const std::string& client_secret = test::SimulatedStrava::kClientSecret) const {
    write(directory_ / "client-secret", client_secret + "\n");
    std::ostringstream toml;
    toml << "[receiver]\nspool = \"spool\"\nverify_token = \"" << kVerifyToken << "\"\n"
         << "[strava]\nclient_id = " << test::SimulatedStrava::kClientId
         << "\nclient_secret_file = \"client-secret\"\n"
         << (callback_url.empty() ? "" : "callback_url = \"" + callback_url + "\"\n")
         << "api_url = \"" << strava_.url() << "/api/v3\"\noauth_url = \"" << strava_.url()
         << "/oauth\"\n[store]\nurl = \"" << store_url() << "\"\n";
    write(directory_ / "hookspool.toml", toml.str());
  }

  std::string store_url() const { return "sqlite:" + (directory_ / "hookspool.db").string(); }

  std::vector<std::string> command(const std::vector<std::string>& arguments) const {
    std::vector<std::string> command{test::built_program("hookspoolctl"), "--config",
                                     directory_ / "hookspool.toml"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return command;
  }

  /// Runs it, and sees that it lets out no secret that the tests know.
  ProgramRun run(const std::vector<std::string>& arguments, const std::string& input = "") {
    const ProgramRun run = test::run_program(command(arguments), input);
    std::vector<std::string> secrets{test::SimulatedStrava::kClientSecret, kVerifyToken};
    for (const store::Athlete& athlete : athletes()) {
      secrets.push_back(athlete.refresh_token.reveal());
      secrets.push_back(athlete.access_token.reveal());
    }
    const std::string given = input.substr(0, input.find('\n'));
    if (given.find_first_not_of(' ') != std::string::npos) secrets.push_back(given);
    for (const std::string& secret : secrets) {
      EXPECT_THAT(run.output, Not(HasSubstr(secret)));
      EXPECT_THAT(run.errors, Not(HasSubstr(secret)));
    }
    return run;
  }

  Json::Value run_json(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.emplace_back("--json");
    const ProgramRun finished = run(arguments, input);
    EXPECT_EQ(finished.exit_code, 0) << finished.errors;
    return parsed(finished.output);
  }

  std::vector<store::Athlete> athletes() {
    store::Database database(store_url());
    return store::Athletes(database).list();
  }

  std::int64_t subscription_at_strava() const {
    const Json::Value subscription = strava_.control("GET", "/_sim/subscription");
    return subscription.isObject() ? subscription["id"].asInt64() : 0;
  }

  test::TemporaryDirectory directory_;
  test::SimulatedStrava strava_;
  EchoingReceiver receiver_;
};

// athlete add, athletes

class HookspoolctlAthleteTest : public HookspoolctlTest {};

TEST_F(HookspoolctlAthleteTest, IsAddedByARefreshTokenFromStandardInput) {
  const std::string token = strava_.add_athlete(kAthlete).refresh_token;
  const Json::Value added = run_json({"athlete", "add"}, token + "\n");
  EXPECT_EQ(added["id"].asInt64(), kAthlete);
  EXPECT_EQ(added["missing_scopes"].size(), 0U);
  ASSERT_EQ(athletes().size(), 1U);
  const store::Athlete athlete = athletes().front();
  EXPECT_EQ(athlete.id, event::AthleteId{kAthlete});
  EXPECT_NE(athlete.refresh_token.reveal(), token) << "Strava gave another one";
  EXPECT_EQ(athlete.scope, test::SimulatedStrava::kFullScope);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "unclaimed-refresh-token"));
}

TEST_F(HookspoolctlAthleteTest, IsAddedByAnAuthorizationCode) {
  const std::string authorization_code = strava_.add_athlete(kAthlete).code;
  const ProgramRun added = run({"athlete", "add", "--code"}, authorization_code + "\n");
  EXPECT_EQ(added.exit_code, 0) << added.errors;
  EXPECT_THAT(added.output, HasSubstr("athlete 134815 added"));
  EXPECT_EQ(athletes().size(), 1U);
}

TEST_F(HookspoolctlAthleteTest, IsAddedByTheContentOfAFile) {
  const auto authorization = strava_.add_athlete(kAthlete);
  write(directory_ / "code", "  " + authorization.code + "\r\n");
  EXPECT_EQ(run({"athlete", "add", "--code-file", directory_ / "code"}).exit_code, 0);
  write(directory_ / "token", athletes().front().refresh_token.reveal());
  const Json::Value again =
      run_json({"athlete", "add", "--refresh-token-file", directory_ / "token"});
  EXPECT_TRUE(again["known_before"].asBool());
}

TEST_F(HookspoolctlAthleteTest, IsAskedForOnATerminalWithoutEcho) {
  const std::string token = strava_.add_athlete(kAthlete).refresh_token;
  const ProgramRun added =
      test::run_on_terminal(command({"athlete", "add"}), "refresh token: ", token + "\n");
  EXPECT_EQ(added.exit_code, 0) << added.output;
  EXPECT_THAT(added.output, HasSubstr("athlete 134815 added"));
  EXPECT_THAT(added.output, Not(HasSubstr(token)));
}

TEST_F(HookspoolctlAthleteTest, IsNotAddedWhenThePersonInterrupts) {
  const ProgramRun interrupted =
      test::run_on_terminal(command({"athlete", "add"}), "refresh token: ", "abc\x03");
  EXPECT_EQ(interrupted.exit_code, 128 + SIGINT);
}

TEST_F(HookspoolctlAthleteTest, IsRefusedWithAWrongToken) {
  for (const char* option : {"", "--code"}) {
    std::vector<std::string> arguments{"athlete", "add"};
    if (*option != '\0') arguments.emplace_back(option);
    const ProgramRun refused = run(arguments, "not-a-token\n");
    EXPECT_EQ(refused.exit_code, code(ExitCode::kBadData)) << refused.errors;
    EXPECT_THAT(refused.errors, HasSubstr("cannot use the"));
  }
  EXPECT_THAT(athletes(), IsEmpty());
}

TEST_F(HookspoolctlAthleteTest, IsRefusedWithoutAToken) {
  EXPECT_EQ(run({"athlete", "add"}).exit_code, code(ExitCode::kBadData));
  EXPECT_EQ(run({"athlete", "add"}, " \n").exit_code, code(ExitCode::kBadData));
  EXPECT_NE(run({"athlete", "add", "--code-file", directory_ / "missing"}).exit_code, 0);
  const ProgramRun both = run({"athlete", "add", "--code", "--refresh-token-file", "x"});
  EXPECT_EQ(both.exit_code, code(ExitCode::kUsage));
}

TEST_F(HookspoolctlAthleteTest, IsRefusedWithTheWrongClientSecret) {
  configure(receiver_.url(), "wrong");
  const ProgramRun refused =
      run({"athlete", "add"}, strava_.add_athlete(kAthlete).refresh_token + "\n");
  EXPECT_EQ(refused.exit_code, code(ExitCode::kUnavailable));
  EXPECT_THAT(refused.errors, HasSubstr("client_secret"));
}

TEST_F(HookspoolctlAthleteTest, LosesNoTokenWhenStravaDoesNotTellWhoseItIs) {
  const std::string token = strava_.add_athlete(kAthlete).refresh_token;
  strava_.add_fault("/athlete$", "status", 503);
  const ProgramRun failed = run({"athlete", "add"}, token + "\n");
  EXPECT_EQ(failed.exit_code, code(ExitCode::kTryAgain));
  const auto kept = directory_ / "unclaimed-refresh-token";
  EXPECT_THAT(failed.errors, HasSubstr(kept.string()));
  struct stat status {};
  ASSERT_EQ(::stat(kept.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);

  const ProgramRun added = run({"athlete", "add", "--refresh-token-file", kept});
  EXPECT_EQ(added.exit_code, 0) << added.errors;
  EXPECT_FALSE(std::filesystem::exists(kept));
}

TEST_F(HookspoolctlAthleteTest, OverwritesNoTokenThatIsStillUnclaimed) {
  const auto kept = directory_ / "unclaimed-refresh-token";
  write(kept, "of somebody else\n");
  const ProgramRun refused =
      run({"athlete", "add"}, strava_.add_athlete(kAthlete).refresh_token + "\n");
  EXPECT_EQ(refused.exit_code, code(ExitCode::kCannotCreate));
  EXPECT_THAT(refused.errors, HasSubstr("--refresh-token-file " + kept.string()));
  EXPECT_EQ(read_file(kept), "of somebody else\n");
}

TEST_F(HookspoolctlAthleteTest, IsAddedWithAWarningWhenScopesAreMissing) {
  const std::string token = strava_.add_athlete(kAthlete, "read,activity:read").refresh_token;
  const ProgramRun added = run({"athlete", "add"}, token + "\n");
  EXPECT_EQ(added.exit_code, 0);
  EXPECT_THAT(added.errors, HasSubstr("did not grant activity:read_all"));
}

TEST_F(HookspoolctlAthleteTest, GoesOnWithTheJobsThatWaited) {
  run({"athlete", "add"}, strava_.add_athlete(kAthlete).refresh_token + "\n");
  store::Database database(store_url());
  store::Athletes(database).stop(event::AthleteId{kAthlete}, "the grant is dead");
  const Json::Value stopped = run_json({"athletes"});
  EXPECT_EQ(stopped[0]["stopped_because"].asString(), "the grant is dead");

  const std::string token = athletes().front().refresh_token.reveal();
  run({"athlete", "add"}, token + "\n");
  EXPECT_FALSE(athletes().front().stopped_because);
}

TEST_F(HookspoolctlAthleteTest, IsListed) {
  EXPECT_THAT(run({"athletes"}).output, HasSubstr("hookspoolctl athlete add"));
  run({"athlete", "add"}, strava_.add_athlete(kAthlete).refresh_token + "\n");
  EXPECT_THAT(run({"athletes"}).output, HasSubstr("134815"));
  const Json::Value list = run_json({"athletes"});
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["id"].asInt64(), kAthlete);
  EXPECT_TRUE(list[0]["stopped_because"].isNull());
}

// subscribe, subscriptions, unsubscribe

class HookspoolctlSubscribeTest : public HookspoolctlTest {
 protected:
  std::filesystem::path file() const { return directory_ / "spool" / "subscription"; }
};

TEST_F(HookspoolctlSubscribeTest, WritesTheIdForTheReceiver) {
  const Json::Value created = run_json({"subscribe"});
  EXPECT_TRUE(created["created"].asBool());
  EXPECT_EQ(created["id"].asInt64(), subscription_at_strava());
  EXPECT_EQ(created["callback_url"].asString(), receiver_.url());
  EXPECT_EQ(read_file(file()), std::to_string(subscription_at_strava()) + "\n");
}

TEST_F(HookspoolctlSubscribeTest, AdoptsASubscriptionWithOurUrl) {
  run({"subscribe"});
  std::filesystem::remove(file());
  const Json::Value adopted = run_json({"subscribe"});
  EXPECT_FALSE(adopted["created"].asBool());
  EXPECT_EQ(read_file(file()), std::to_string(subscription_at_strava()) + "\n");
}

TEST_F(HookspoolctlSubscribeTest, LeavesASubscriptionWithAnotherUrlAlone) {
  run({"subscribe"});
  const std::int64_t before = subscription_at_strava();
  const ProgramRun refused = run({"subscribe", "--callback-url", receiver_.url() + "?key=1"});
  EXPECT_EQ(refused.exit_code, code(ExitCode::kUnavailable));
  EXPECT_THAT(refused.errors, HasSubstr("hookspoolctl unsubscribe " + std::to_string(before)));
  EXPECT_EQ(subscription_at_strava(), before);
}

TEST_F(HookspoolctlSubscribeTest, SaysWhatToDoWhenTheCallbackIsRefused) {
  test::HttpServer elsewhere;
  const ProgramRun refused = run({"subscribe", "--callback-url", elsewhere.url() + "/missing"});
  EXPECT_EQ(refused.exit_code, code(ExitCode::kUnavailable));
  EXPECT_THAT(refused.errors, HasSubstr("the receiver must use the same verify_token"));
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(HookspoolctlSubscribeTest, FindsTheSubscriptionWhoseAnswerWasLost) {
  strava_.add_fault("/push_subscriptions$", "wrong_json", 0, "POST");
  const ProgramRun unsure = run({"subscribe"});
  EXPECT_EQ(unsure.exit_code, code(ExitCode::kTryAgain)) << unsure.errors;
  EXPECT_THAT(unsure.errors, HasSubstr("run hookspoolctl subscribe again"));
  EXPECT_FALSE(run_json({"subscribe"})["created"].asBool()) << "it was made the first time";
}

TEST_F(HookspoolctlSubscribeTest, RefusesAUrlThatStravaCannotUse) {
  configure("");
  const ProgramRun none = run({"subscribe"});
  EXPECT_EQ(none.exit_code, code(ExitCode::kUsage));
  EXPECT_THAT(none.errors, HasSubstr("strava.callback_url"));
  const auto exit_code = [&](const std::string& url) {
    return run({"subscribe", "--callback-url", url}).exit_code;
  };
  EXPECT_EQ(exit_code("ftp://example.org/"), code(ExitCode::kUsage));
  EXPECT_EQ(exit_code("https://example.org/" + std::string(255, 'x')), code(ExitCode::kUsage));
}

TEST_F(HookspoolctlSubscribeTest, SaysThatTheApplicationIsInactive) {
  strava_.set_switch("app_inactive", true);
  for (const char* command : {"subscribe", "subscriptions", "unsubscribe"}) {
    const ProgramRun refused = run({command});
    EXPECT_EQ(refused.exit_code, code(ExitCode::kUnavailable)) << command;
    EXPECT_THAT(refused.errors, HasSubstr("https://www.strava.com/settings/api")) << command;
  }
}

TEST_F(HookspoolctlSubscribeTest, ListsWhatStravaKnows) {
  EXPECT_THAT(run({"subscriptions"}).output, HasSubstr("no subscription"));
  EXPECT_EQ(run_json({"subscriptions"}).size(), 0U);
  run({"subscribe"});
  EXPECT_THAT(run({"subscriptions"}).output, HasSubstr(receiver_.url()));
  EXPECT_EQ(run_json({"subscriptions"})[0]["id"].asInt64(), subscription_at_strava());
}

TEST_F(HookspoolctlSubscribeTest, RemovesThePresentSubscription) {
  run({"subscribe"});
  const ProgramRun removed = run({"unsubscribe"});
  EXPECT_EQ(removed.exit_code, 0) << removed.errors;
  EXPECT_EQ(run_json({"subscriptions"}).size(), 0U);
  EXPECT_FALSE(std::filesystem::exists(file()));
  EXPECT_TRUE(run_json({"unsubscribe"})["removed"].isNull()) << "there is none any more";
}

TEST_F(HookspoolctlSubscribeTest, KeepsTheIdWhenAnotherSubscriptionCannotBeRemoved) {
  run({"subscribe"});
  EXPECT_EQ(run({"unsubscribe", "1"}).exit_code, code(ExitCode::kNoInput));
  EXPECT_TRUE(std::filesystem::exists(file()));
}

// list, show, status

class HookspoolctlShowTest : public HookspoolctlTest {
 protected:
  HookspoolctlShowTest() {
    store::StoredActivity activity;
    activity.id = event::ActivityId{16185205521};
    activity.athlete_id = event::AthleteId{kAthlete};
    activity.name = "\x1b[2JRide";
    activity.sport_type = "GravelRide";
    activity.start_date = "2026-11-22T08:00:00Z";
    activity.distance_m = 42195.0;
    activity.moving_time_s = 3723;
    activity.fetched = from_rfc3339("2026-11-23T15:37:05Z");
    activity.json = R"({"id": 16185205521,  "name":"\u001b[2JRide","unknown":[1.0]})";
    json_ = activity.json;
    store::Activities activities(database_);
    activities.put(activity);
    activity.id = event::ActivityId{7};
    activity.athlete_id = event::AthleteId{8};
    activity.start_date = "2026-11-21T08:00:00Z";
    activities.put(activity);
  }

  store::Database database_{store_url()};
  std::string json_;
};

TEST_F(HookspoolctlShowTest, ListsActivitiesInATable) {
  const ProgramRun listed = run({"list"});
  EXPECT_EQ(listed.exit_code, 0) << listed.errors;
  EXPECT_EQ(listed.output,
            "         ID  START                 SPORT         KM     TIME  NAME\n"
            "16185205521  2026-11-22T08:00:00Z  GravelRide  42.2  1:02:03  ?[2JRide\n"
            "          7  2026-11-21T08:00:00Z  GravelRide  42.2  1:02:03  ?[2JRide\n");
}

TEST_F(HookspoolctlShowTest, ListsActivitiesForPrograms) {
  const Json::Value list = run_json({"list"});
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0]["id"].asInt64(), 16185205521);
  EXPECT_EQ(list[0]["name"].asString(), "\x1b[2JRide");
  EXPECT_EQ(list[0]["distance_m"].asDouble(), 42195.0);
  EXPECT_THAT(run({"list", "--json"}).output, Not(HasSubstr("\x1b")));
}

TEST_F(HookspoolctlShowTest, ListsFewerActivitiesWhereAsked) {
  EXPECT_EQ(run_json({"list", "--limit", "1"}).size(), 1U);
  EXPECT_EQ(run_json({"list", "--athlete", "8"})[0]["id"].asInt64(), 7);
  EXPECT_EQ(run_json({"list", "--athlete", "9"}).size(), 0U);
  EXPECT_EQ(run({"list", "--limit", "0"}).exit_code, code(ExitCode::kUsage));
}

TEST_F(HookspoolctlShowTest, ShowsAnActivityWithoutObeyingItsName) {
  const ProgramRun shown = run({"show", "16185205521"});
  EXPECT_EQ(shown.exit_code, 0) << shown.errors;
  EXPECT_THAT(shown.output, HasSubstr("?[2JRide"));
  EXPECT_THAT(shown.output, HasSubstr("https://www.strava.com/activities/16185205521"));
  EXPECT_THAT(shown.output, Not(HasSubstr("\x1b")));
}

TEST_F(HookspoolctlShowTest, ShowsStravasJsonByteForByte) {
  EXPECT_EQ(run({"show", "16185205521", "--json"}).output, json_ + "\n");
}

TEST_F(HookspoolctlShowTest, SaysThatThereIsNoSuchActivity) {
  const ProgramRun missing = run({"show", "404"});
  EXPECT_EQ(missing.exit_code, code(ExitCode::kNoInput));
  EXPECT_THAT(missing.errors, HasSubstr("no activity 404"));
}

TEST_F(HookspoolctlShowTest, TellsTheStateOfEverything) {
  std::filesystem::create_directory(directory_ / "spool");
  write(directory_ / "spool" / "current", "0123456789");
  store::Jobs(database_).want(store::Wish::kFetch, 9, event::AthleteId{kAthlete}, {},
                              SystemClock().now());
  const Timestamp now = SystemClock().now();
  store::Pause(database_).set("the application is inactive", now, now + std::chrono::hours(1));
  run({"subscribe"});

  const Json::Value status = run_json({"status"});
  EXPECT_EQ(status["spool"]["segments"].asInt64(), 1);
  EXPECT_EQ(status["spool"]["bytes"].asInt64(), 10);
  EXPECT_EQ(status["jobs"]["waiting"].asInt64(), 1);
  EXPECT_EQ(status["jobs"]["dead"].asInt64(), 0);
  EXPECT_EQ(status["activities"]["count"].asInt64(), 2);
  EXPECT_EQ(status["athletes"]["count"].asInt64(), 0);
  EXPECT_EQ(status["pause"]["reason"].asString(), "the application is inactive");
  EXPECT_EQ(status["subscription_id"].asInt64(), subscription_at_strava());
  const ProgramRun shown = run({"status"});
  EXPECT_THAT(shown.output, HasSubstr("10 bytes wait in 1 segment"));
  EXPECT_THAT(shown.output, HasSubstr("the application is inactive"));
}

TEST_F(HookspoolctlShowTest, TellsTheStateBeforeAnythingHappened) {
  const Json::Value status = run_json({"status"});
  EXPECT_EQ(status["spool"]["segments"].asInt64(), 0);
  EXPECT_TRUE(status["pause"].isNull());
  EXPECT_TRUE(status["subscription_id"].isNull());
}

// Manners

class HookspoolctlMannersTest : public HookspoolctlShowTest {};

TEST_F(HookspoolctlMannersTest, UsesNoColourButOnATerminalThatWantsIt) {
  EXPECT_THAT(test::run_on_terminal(command({"list"})).output, HasSubstr("\x1b[1m"));
  EXPECT_THAT(test::run_on_terminal(command({"list"}), "", "", {{"NO_COLOR", "1"}}).output,
              Not(HasSubstr("\x1b")));
  EXPECT_THAT(run({"list"}).output, Not(HasSubstr("\x1b")));
}

TEST_F(HookspoolctlMannersTest, ShowsAnExampleOfEveryCommand) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{},
                                             {"athlete"},
                                             {"athlete", "add"},
                                             {"athletes"},
                                             {"subscribe"},
                                             {"subscriptions"},
                                             {"unsubscribe"},
                                             {"list"},
                                             {"show"},
                                             {"status"}}) {
    std::vector<std::string> arguments = command;
    arguments.emplace_back("--help");
    const ProgramRun help = run(arguments);
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_THAT(help.output, HasSubstr("Example: hookspoolctl"));
  }
  EXPECT_THAT(run({"--version"}).output, HasSubstr("hookspoolctl "));
}

TEST_F(HookspoolctlMannersTest, SaysWhatIsWrongWithACommandLine) {
  EXPECT_EQ(run({}).exit_code, code(ExitCode::kUsage));
  const ProgramRun misspelt = run({"lst"});
  EXPECT_EQ(misspelt.exit_code, code(ExitCode::kUsage));
  EXPECT_THAT(misspelt.errors, HasSubstr("no command lst"));
  EXPECT_EQ(run({"show", "abc"}).exit_code, code(ExitCode::kUsage));
}

TEST_F(HookspoolctlMannersTest, SaysWhereTheConfigurationIsWrong) {
  std::ofstream(directory_ / "hookspool.toml", std::ios::app) << "typo = 1\n";
  const ProgramRun wrong = run({"list"});
  EXPECT_EQ(wrong.exit_code, code(ExitCode::kConfiguration));
  EXPECT_THAT(wrong.errors, HasSubstr("store.typo"));
}

TEST_F(HookspoolctlMannersTest, FailsWhenTheResultsCannotBeWritten) {
  const ProgramRun run =
      test::run_program({"/bin/sh", "-c", "\"$0\" --config \"$1\" list >/dev/full",
                         test::built_program("hookspoolctl"), directory_ / "hookspool.toml"});
  EXPECT_EQ(run.exit_code, code(ExitCode::kCannotCreate));
  EXPECT_THAT(run.errors, HasSubstr("standard output"));
}

}  // namespace
}  // namespace hookspool::ctl
