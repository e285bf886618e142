#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "fetcher/spooled_events.h"
#include "spool/layout.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/database.h"
#include "support/program_run.h"
#include "support/simulated_strava.h"
#include "support/temporary_directory.h"

namespace hookspool::fetcher {

inline constexpr std::int64_t kAthlete = 134815;

/// hookspool-fetcher as it was built, against the simulated Strava.
class FetcherProgramTest : public testing::Test {
 protected:
  FetcherProgramTest() {
    write_configuration(test::SimulatedStrava::kClientSecret);
    add_athlete(kAthlete);
  }

  /// `more` is added at the end.
  void write_configuration(const std::string& client_secret, const std::string& more = "") const {
    std::ofstream(directory_ / "hookspool.toml")
        << "[receiver]\nspool = \"spool\"\n[strava]\nclient_id = "
        << test::SimulatedStrava::kClientId << "\nclient_secret = \"" << client_secret
        << "\"\napi_url = \"" << strava_.url() << "/api/v3\"\noauth_url = \"" << strava_.url()
        << "/oauth\"\n[store]\nurl = \"" << store_url() << "\"\n"
        << more;
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
  test::ProgramRun run(const std::vector<std::string>& arguments) const {
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
inline bool comes_to_be(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace hookspool::fetcher
