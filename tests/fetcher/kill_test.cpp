// hookspool-fetcher killed at random moments: nothing is lost, and no call is made twice but for
// those that were under way.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <json/value.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "fetcher/backfill.h"
#include "fetcher/fetcher_program.h"
#include "store/job_report.h"
#include "store/jobs.h"
#include "store/notifications.h"
#include "strava/json_body.h"
#include "support/child_process.h"
#include "support/http_server.h"

namespace hookspool::fetcher {
namespace {

using std::chrono::milliseconds;

constexpr int kConcurrency = 4;

class KillTest : public FetcherProgramTest {
 protected:
  KillTest() {
    Json::Value limit(Json::arrayValue);
    limit.append(1'000'000);
    limit.append(1'000'000);
    strava_.set_switch("rate_limit_read", limit);
    strava_.set_switch("rate_limit_overall", limit);
    // So that a kill finds something under way.
    strava_.set_switch("api_latency_ms", 5);
  }

  /// Lets it run for some milliseconds, kills it, and does so again until `is_done`. How many kills
  /// that took.
  template <typename Condition>
  int kill_until(Condition is_done) {
    int kills = 0;
    constexpr int kMost = 400;
    for (; !is_done() && kills < kMost && !HasFailure(); ++kills) {
      authorize_again();
      std::vector<std::string> arguments = command({});
      const std::string program = arguments.front();
      arguments.erase(arguments.begin());
      test::ChildProcess fetcher({program, arguments, {}, -1});
      // Not a synchronisation: when it dies is to be chance. Where starting alone takes longer than
      // that, as under a sanitizer, it gets more and more time.
      const unsigned most = 90 + 5 * static_cast<unsigned>(kills);
      std::this_thread::sleep_for(milliseconds(30 + random_() % most));
      fetcher.send_signal(SIGKILL);
      EXPECT_EQ(fetcher.wait().exit_code, 128 + SIGKILL);
    }
    EXPECT_LT(kills, kMost) << "it makes no headway";
    return kills;
  }

  /// If Strava has rotated the token and we were killed before we had it; only that may end the
  /// grant.
  void authorize_again() {
    const auto athlete = store::Athletes(database_).find(event::AthleteId{kAthlete});
    if (!athlete->stopped_because) return;
    const auto now_valid = strava_.control("GET", "/_sim/athletes/134815");
    store::Athlete again = *athlete;
    EXPECT_NE(again.refresh_token.reveal(), now_valid["refresh_token"].asString());
    again.refresh_token = Secret(now_valid["refresh_token"].asString());
    again.access_token = Secret();
    store::Athletes(database_).put(again, clock_.now());
  }

  /// How often each path was asked for beyond once, all together.
  int repeated_calls(const std::string& path) const {
    std::map<std::string, int> calls;
    int repeated = 0;
    for (const Json::Value& request : strava_.control("GET", "/_sim/requests?path=" + path)) {
      const std::string key = request["path"].asString() + request["query"].toStyledString() +
                              request["body"].asString();
      if (++calls[key] > 1) ++repeated;
    }
    return repeated;
  }
  /// With how many access tokens activities were asked for.
  int access_tokens_used() const {
    std::set<std::string> tokens;
    for (const Json::Value& request : strava_.control("GET", "/_sim/requests?path=/activities/")) {
      tokens.insert(request["headers"]["authorization"].asString());
    }
    return static_cast<int>(tokens.size());
  }
  bool is_idle(store::Lane lane) { return store::JobReport(database_).count_alive(lane) == 0; }

  std::mt19937 random_{std::random_device{}()};
};

TEST_F(KillTest, DuringABackfillCostsNoMoreThanWhatWasUnderWay) {
  constexpr int kActivities = 150;
  Json::Value history;
  history["athlete_id"] = static_cast<Json::Int64>(kAthlete);
  history["count"] = kActivities;
  history["event"] = false;
  strava_.control("POST", "/_sim/activities", history);
  BackfillWish wish;
  wish.details = true;
  begin_backfill(database_, wish, clock_.now());

  const int kills = kill_until([this] { return is_idle(store::Lane::kBackfill); });

  EXPECT_EQ(store::Activities(database_).count(), kActivities);
  EXPECT_LE(repeated_calls("/activities"), kills * kConcurrency);
  EXPECT_GE(requests("/activities/"), kActivities);
}

TEST_F(KillTest, DuringATokenRefreshKeepsTheGrant) {
  // Always about to end, from the next grant on.
  strava_.set_switch("oauth_access_token_seconds", 240);
  strava_.control("POST", "/_sim/athletes/134815/revoke", Json::Value(Json::objectValue));
  add_athlete(kAthlete);
  constexpr int kRounds = 8;
  std::vector<std::int64_t> ids;
  int kills = 0;
  for (int round = 0; round < kRounds; ++round) {
    // All that are there together share one refresh.
    for (int i = 0; i < 5; ++i) ids.push_back(spool_new_activity());
    kills += kill_until([this, &ids] {
      return std::all_of(ids.begin(), ids.end(), [this](std::int64_t id) { return is_stored(id); });
    });
  }

  EXPECT_LE(repeated_calls("/activities/"), kills * kConcurrency);
  for (const std::int64_t id : ids) EXPECT_TRUE(is_stored(id));
  // Strava rotates the token: the same one again is a refresh whose answer a kill took away.
  EXPECT_LE(repeated_calls("/oauth/token"), kills);
  EXPECT_GE(requests("/oauth/token"), kRounds);
  EXPECT_LE(requests("/oauth/token"), access_tokens_used() + kills)
      << "tokens were fetched that nothing was asked with";
}

TEST_F(KillTest, DuringSettlingAndNotificationLosesNoWord) {
  write_configuration(test::SimulatedStrava::kClientSecret,
                      "[notify]\ncommand = \"hook\"\n[fetcher]\nstreams = [\"time\"]\n");
  // A line for each word, whole or not at all.
  std::ofstream(directory_ / "hook")
      << "#!/bin/sh\nsed 's/$/ '\"$1\"'/' >> '" << (directory_ / "told").string() << "'\n";
  std::filesystem::permissions(directory_ / "hook", std::filesystem::perms::owner_all);
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 30; ++i) ids.push_back(spool_new_activity());

  const auto all_told = [this] {
    return is_idle(store::Lane::kFresh) && is_idle(store::Lane::kRetry) &&
           store::Notifications(database_).counts().waiting == 0;
  };

  kill_until([this, &ids, &all_told] {
    const bool all_stored =
        std::all_of(ids.begin(), ids.end(), [this](std::int64_t id) { return is_stored(id); });
    return all_stored && all_told();
  });
  EXPECT_EQ(store::JobReport(database_).count_alive(store::Lane::kSettle),
            static_cast<std::int64_t>(ids.size()));
  // As if they had appeared five minutes ago: the first look sees what it knows, and is the last,
  // unless a kill cut it in two, or the track has no segment on it.
  database_.session() << "UPDATE jobs SET settling_since = settling_since - 300, due_us = 0";
  const int kills = kill_until([this, &all_told] {
    const std::optional<Timestamp> due = store::Jobs(database_).next_due(store::Lane::kSettle);
    return (!due || *due > clock_.now()) && all_told();
  });

  EXPECT_GT(kills, 0);
  std::ostringstream told;
  told << std::ifstream(directory_ / "told").rdbuf();
  std::size_t settled = 0;
  for (const std::int64_t id : ids) {
    const std::string object = "\"object_id\":" + std::to_string(id) + "[^\n]* activity.";
    EXPECT_THAT(told.str(), testing::ContainsRegex(object + "stored"));
    if (store::Jobs(database_).find(store::Wish::kFetch, id, event::AthleteId{kAthlete})) continue;
    ++settled;
    EXPECT_THAT(told.str(), testing::ContainsRegex(object + "settled"));
  }
  EXPECT_GT(settled, 0);
}

TEST_F(KillTest, DuringTheLastLookCostsNoMoreThanWhatWasUnderWayAndAUrlHearsOfEachActivity) {
  std::mutex mutex;
  std::set<std::int64_t> settled;
  test::HttpServer consumer;
  consumer.routes().Post("/", [&](const httplib::Request& request, httplib::Response&) {
    const Json::Value message = strava::parse_json(request.body).value_or(Json::Value());
    const std::lock_guard lock(mutex);
    if (message["type"] == "activity.settled") {
      settled.insert(message["data"]["object_id"].asInt64());
    }
  });
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 30; ++i) ids.push_back(spool_new_activity());
  ASSERT_EQ(run({"--once"}).exit_code, 0);
  write_configuration(
      test::SimulatedStrava::kClientSecret,
      "[notify]\nurl = \"" + consumer.url() + "/\"\n[fetcher]\nstreams = [\"time\"]\n");
  // As if they had appeared three hours ago.
  database_.session() << "UPDATE jobs SET settling_since = settling_since - 10800, due_us = 0";
  const int calls_before = requests("/activities/");

  const int kills = kill_until([this] {
    return is_idle(store::Lane::kSettle) && store::Notifications(database_).counts().waiting == 0;
  });

  const int calls_needed = 2 * static_cast<int>(ids.size());
  EXPECT_GE(requests("/activities/") - calls_before, calls_needed);
  EXPECT_LE(requests("/activities/") - calls_before, calls_needed + kills * kConcurrency);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(settled, std::set<std::int64_t>(ids.begin(), ids.end()));
}

}  // namespace
}  // namespace hookspool::fetcher
