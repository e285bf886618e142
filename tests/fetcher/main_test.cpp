// The program as it was built, against the simulated Strava, over real connections.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/exit_code.h"
#include "fetcher/fetcher_program.h"
#include "spool/layout.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/database.h"
#include "store/jobs.h"
#include "store/pause.h"
#include "store/rate_windows.h"
#include "support/child_process.h"
#include "support/program_run.h"
#include "support/simulated_strava.h"
#include "support/temporary_directory.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using test::ChildProcess;
using test::ProgramRun;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

int code(ExitCode exit_code) {
  return static_cast<int>(exit_code);
}

TEST_F(FetcherProgramTest, StoresWhatIsSpooled) {
  const std::int64_t id = spool_new_activity();

  const ProgramRun finished = run({"--once"});

  EXPECT_EQ(finished.exit_code, code(ExitCode::kOk)) << finished.errors;
  EXPECT_TRUE(is_stored(id));
}

TEST_F(FetcherProgramTest, LetsOutNoSecret) {
  spool_new_activity();
  strava_.add_fault("/activities/", "status", 401);

  const ProgramRun finished = run({"--drain"});

  const auto athlete = store::Athletes(database_).find(event::AthleteId{kAthlete});
  ASSERT_TRUE(athlete);
  for (const std::string& secret : {athlete->refresh_token.reveal(), athlete->access_token.reveal(),
                                    std::string(test::SimulatedStrava::kClientSecret)}) {
    EXPECT_THAT(finished.output + finished.errors, Not(HasSubstr(secret)));
  }
}

TEST_F(FetcherProgramTest, SharesTheWorkWithoutADoubleCall) {
  constexpr int kActivities = 40;
  std::vector<std::int64_t> ids;
  for (int i = 0; i < kActivities; ++i) ids.push_back(spool_new_activity());
  {
    std::vector<std::jthread> processes;
    for (int i = 0; i < 3; ++i) {
      processes.emplace_back([this] {
        const ProgramRun finished = run({"--drain"});
        EXPECT_EQ(finished.exit_code, code(ExitCode::kOk)) << finished.errors;
      });
    }
  }
  // One that found the token being refreshed may have left its jobs for two seconds later.
  EXPECT_TRUE(comes_to_be([this] {
    run({"--drain"});
    return !store::Jobs(database_).next_due(store::Lane::kFresh);
  }));

  for (const std::int64_t id : ids) EXPECT_TRUE(is_stored(id)) << id;
  EXPECT_EQ(requests("/activities/"), kActivities);
  EXPECT_EQ(requests("/oauth/token"), 1);
}

TEST_F(FetcherProgramTest, EndsWith75WhenEverythingWaits) {
  strava_.set_switch("app_inactive", true);
  const std::int64_t id = spool_new_activity();

  const ProgramRun finished = run({"--once"});

  EXPECT_EQ(finished.exit_code, code(ExitCode::kTryAgain));
  EXPECT_THAT(finished.errors, HasSubstr("inactive"));
  EXPECT_FALSE(is_stored(id));
}

TEST_F(FetcherProgramTest, SaysWhyItEndsWith75) {
  strava_.set_switch("app_inactive", true);
  spool_new_activity();
  run({"--once"});

  const ProgramRun in_a_pause = run({"--once"});
  EXPECT_EQ(in_a_pause.exit_code, code(ExitCode::kTryAgain));
  EXPECT_THAT(in_a_pause.errors, ContainsRegex("due jobs wait: fresh until .*inactive"));

  store::Pause(database_).end();
  const Timestamp turns = clock_.now() + 10min;
  store::RateWindows windows(database_);
  windows.put("quarter_hour", {turns, 100, 100, 0, 200, 100, 100, 100});
  windows.put("day", {turns, 340, 340, 0, 2000, 340, 1000, 340});
  for (const char* mode : {"--once", "--drain"}) {
    const ProgramRun spent = run({mode});
    EXPECT_EQ(spent.exit_code, code(ExitCode::kTryAgain));
    EXPECT_THAT(spent.errors, ContainsRegex("due jobs wait: fresh until .* for the rate limit"));
  }
}

TEST_F(FetcherProgramTest, StopsEverythingWithTheWrongClientSecret) {
  write_configuration("wrong");
  spool_new_activity();

  const ProgramRun finished = run({"--drain"});

  EXPECT_EQ(finished.exit_code, code(ExitCode::kTryAgain));
  EXPECT_THAT(finished.errors, HasSubstr("client_secret"));
  EXPECT_FALSE(
      store::Athletes(database_).find(event::AthleteId{kAthlete})->stopped_because.has_value());
}

TEST_F(FetcherProgramTest, DeletesTheDataOfAnAthleteWhoRevoked) {
  const std::int64_t id = spool_new_activity();
  run({"--drain"});
  ASSERT_TRUE(is_stored(id));

  strava_.control("POST", "/_sim/athletes/134815/revoke");
  spool("athlete", kAthlete, "update", R"("authorized":"false")");
  run({"--drain"});

  EXPECT_FALSE(is_stored(id));
  EXPECT_FALSE(store::Athletes(database_).find(event::AthleteId{kAthlete}));
}

TEST_F(FetcherProgramTest, KeepsTheDataOfAnAthleteWhoseRevocationWasForged) {
  const std::int64_t id = spool_new_activity();
  spool("athlete", kAthlete, "update", R"("authorized":"false")");

  const ProgramRun finished = run({"--drain"});

  EXPECT_TRUE(is_stored(id));
  EXPECT_TRUE(store::Athletes(database_).find(event::AthleteId{kAthlete}));
  EXPECT_THAT(finished.errors, HasSubstr("still accepts the token"));
}

TEST_F(FetcherProgramTest, FinishesWhatIsUnderWayOnSigterm) {
  Json::Value slow;
  slow["path_regex"] = "/activities/";
  slow["kind"] = "slow_body";
  slow["delay_ms"] = 300;
  strava_.control("POST", "/_sim/faults", slow);
  const std::int64_t id = spool_new_activity();

  std::vector<std::string> arguments = command({});
  const std::string program = arguments.front();
  arguments.erase(arguments.begin());
  ChildProcess fetcher({program, arguments, {}, -1});
  ASSERT_TRUE(comes_to_be([this] { return requests("/activities/") > 0; }));
  fetcher.send_signal(SIGTERM);
  const ChildProcess::Outcome outcome = fetcher.wait();

  EXPECT_EQ(outcome.exit_code, code(ExitCode::kOk)) << outcome.error;
  EXPECT_TRUE(is_stored(id));
}

TEST_F(FetcherProgramTest, SaysWhatIsWrongWithACommandLine) {
  EXPECT_EQ(run({"--once", "--drain"}).exit_code, code(ExitCode::kUsage));
  EXPECT_EQ(run({"--twice"}).exit_code, code(ExitCode::kUsage));
}

TEST_F(FetcherProgramTest, TellsItsVersionAndItsOptions) {
  EXPECT_THAT(run({"--version"}).output, HasSubstr("hookspool-fetcher "));
  EXPECT_THAT(run({"--help"}).output, HasSubstr("--drain"));
}

TEST_F(FetcherProgramTest, SaysWhereTheConfigurationIsWrong) {
  std::ofstream(directory_ / "hookspool.toml", std::ios::app) << "[fetcher]\nconcurency = 4\n";

  const ProgramRun finished = run({"--once"});

  EXPECT_EQ(finished.exit_code, code(ExitCode::kConfiguration));
  EXPECT_THAT(finished.errors, HasSubstr("hookspool.toml:"));
  EXPECT_THAT(finished.errors, HasSubstr("concurency"));
}

}  // namespace
}  // namespace hookspool::fetcher
