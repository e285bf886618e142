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
#include "fetcher/spooled_events.h"
#include "spool/layout.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/database.h"
#include "store/jobs.h"
#include "support/child_process.h"
#include "support/program_run.h"
#include "support/simulated_strava.h"
#include "support/temporary_directory.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using test::ChildProcess;
using test::ProgramRun;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kAthlete = 134815;

class FetcherProgramTest : public testing::Test {
 protected:
  FetcherProgramTest() {
    write_configuration(test::SimulatedStrava::kClientSecret);
    add_athlete(kAthlete);
  }

  void write_configuration(const std::string& client_secret) const {
    std::ofstream(directory_ / "hookspool.toml")
        << "[receiver]\nspool = \"spool\"\n[strava]\nclient_id = "
        << test::SimulatedStrava::kClientId << "\nclient_secret = \"" << client_secret
        << "\"\napi_url = \"" << strava_.url() << "/api/v3\"\noauth_url = \"" << strava_.url()
        << "/oauth\"\n[store]\nurl = \"" << store_url() << "\"\n";
  }
  std::string store_url() const { return "sqlite:" + (directory_ / "hookspool.db").string(); }

  void add_athlete(std::int64_t id) {
    store::Athlete athlete;
    athlete.id = event::AthleteId{id};
    athlete.refresh_token = Secret(strava_.add_athlete(id).refresh_token);
    store::Athletes(database_).put(athlete, clock_.now());
  }
  std::int64_t spool_new_activity() {
    const std::int64_t id = strava_.add_activity(kAthlete);
    spool("activity", id, "create");
    return id;
  }
  void spool(const std::string& object_type, std::int64_t id, const std::string& aspect_type,
             const std::string& updates = "") {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now());
    test::spool_body(layout_, clock_.now(),
                     test::event_body(object_type, id, aspect_type, now, updates));
  }

  std::vector<std::string> command(std::vector<std::string> arguments) const {
    std::vector<std::string> command{test::built_program("hookspool-fetcher"), "--config",
                                     directory_ / "hookspool.toml"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return command;
  }
  ProgramRun run(const std::vector<std::string>& arguments) const {
    return test::run_program(command(arguments));
  }

  bool is_stored(std::int64_t id) {
    return store::Activities(database_).find(event::ActivityId{id}).has_value();
  }
  /// How many requests came to paths that contain the text.
  int requests(const std::string& path) const {
    return static_cast<int>(strava_.control("GET", "/_sim/requests?path=" + path).size());
  }

  test::TemporaryDirectory directory_;
  test::SimulatedStrava strava_;
  store::Database database_{store_url()};
  spool::Layout layout_{directory_ / "spool"};
  SystemClock clock_;
};

/// Waits for what another process does, ten seconds at most.
bool comes_to_be(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

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
