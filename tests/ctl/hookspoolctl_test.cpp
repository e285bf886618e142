// hookspoolctl list, show, and what all commands have in common

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "ctl/hookspoolctl.h"
#include "store/activities.h"

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

// Manners

class HookspoolctlMannersTest : public HookspoolctlShowTest {};

TEST_F(HookspoolctlMannersTest, UsesNoColourButOnATerminalThatWantsIt) {
  EXPECT_THAT(test::run_on_terminal(command({"list"})).output, HasSubstr("\x1b[1m"));
  EXPECT_THAT(test::run_on_terminal(command({"list"}), "", "", {{"NO_COLOR", "1"}}).output,
              Not(HasSubstr("\x1b")));
  EXPECT_THAT(run({"list"}).output, Not(HasSubstr("\x1b")));
}

/// The commands that a help text lists.
std::vector<std::string> commands_in(const std::string& help) {
  std::vector<std::string> commands;
  std::istringstream lines(help.substr(std::min(help.find("Subcommands:"), help.size())));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && line.starts_with("  ")) {
    if (line[2] != ' ') commands.push_back(line.substr(2, line.find(' ', 2) - 2));
  }
  return commands;
}

class HookspoolctlHelpTest : public HookspoolctlTest {
 protected:
  /// Looks at a command's help, and at that of the commands below it; how many these were.
  int look_at(std::vector<std::string> command) {
    command.emplace_back("--help");
    const ProgramRun help = run(command);
    command.pop_back();
    const std::string name = command.empty() ? "hookspoolctl" : command.back();
    EXPECT_EQ(help.exit_code, 0) << name;
    EXPECT_THAT(help.output, HasSubstr("Example: hookspoolctl")) << name;
    // The overview has a line for each command.
    const int lines_of_screen = command.empty() ? 32 : 24;
    EXPECT_LE(std::count(help.output.begin(), help.output.end(), '\n'), lines_of_screen) << name;
    std::istringstream lines(help.output);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
    int count = 1;
    for (const std::string& sub : commands_in(help.output)) {
      command.push_back(sub);
      count += look_at(command);
      command.pop_back();
    }
    return count;
  }
};

TEST_F(HookspoolctlHelpTest, FitsAScreenAndShowsAnExampleForEveryCommand) {
  EXPECT_GE(look_at({}), 22) << "or the list was misread";
  EXPECT_THAT(run({"--version"}).output, HasSubstr("hookspoolctl "));
}

TEST_F(HookspoolctlHelpTest, IsInTheManualForEveryCommandAndOption) {
  const std::string manual = read_file("docs/man/hookspoolctl.1");
  for (const std::string& command : commands_in(run({"--help"}).output)) {
    EXPECT_NE(manual.find(".It Cm " + command), std::string::npos) << command;
    const std::string help = run({command, "--help"}).output;
    std::smatch option;
    for (auto at = help.cbegin();
         std::regex_search(at, help.cend(), option, std::regex("  (?:-h,)?--([a-z][a-z-]+)"));
         at = option.suffix().first) {
      EXPECT_NE(manual.find("Fl -" + option[1].str()), std::string::npos)
          << command << " --" << option[1];
    }
  }
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
