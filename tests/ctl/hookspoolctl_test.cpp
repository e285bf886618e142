// hookspoolctl list, show, status, and what all commands have in common

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ctl/hookspoolctl.h"
#include "store/activities.h"
#include "store/jobs.h"
#include "store/pause.h"

namespace hookspool::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

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
