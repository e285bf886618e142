// Programs that end at the wrong moment, under load.

#include <gtest/gtest.h>

#include <csignal>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "e2e/load.h"
#include "e2e/stage.h"

namespace hookspool::e2e {
namespace {

/// Events at the callback, from eight threads.
Load load_on(const Stage& stage) {
  return {[&stage, subscription = stage.strava().subscription()](std::int64_t id) {
            return stage.post(event_body(id, "create", 1'790'000'000, subscription)).status;
          },
          8};
}

class ReceiverRestart : public testing::TestWithParam<int> {};

TEST_P(ReceiverRestart, UnderLoadLosesNoAcknowledgedEvent) {
  Stage stage;
  Load load = load_on(stage);
  for (int round = 0; round < 5; ++round) {
    load.wait_for_more(100);
    stage.receiver().send(GetParam());
    const int exit_code = stage.receiver().wait();
    EXPECT_EQ(exit_code, GetParam() == SIGTERM ? 0 : 128 + SIGKILL);
    stage.start_receiver();
  }
  load.wait_for_more(100);

  expect_no_loss(load.stop(), stage.spool());
}

INSTANTIATE_TEST_SUITE_P(BySignal, ReceiverRestart, testing::Values(SIGTERM, SIGKILL),
                         [](const auto& info) { return info.param == SIGTERM ? "Term" : "Kill"; });

TEST(WebServerRestart, UnderLoadLosesNoAcknowledgedEvent) {
  Stage stage;
  Load load = load_on(stage);
  for (int round = 0; round < 3; ++round) {
    load.wait_for_more(100);
    stage.restart_web_server();
  }
  load.wait_for_more(100);

  expect_no_loss(load.stop(), stage.spool());
}

TEST(FetcherKill, AtFiftyRandomMomentsStoresEveryActivityOnce) {
  const Stage stage;
  constexpr int kKills = 50;
  constexpr int kActivitiesPerRound = 4;
  std::mt19937 random(20261123);
  std::uniform_int_distribution<int> milliseconds(5, 150);
  std::set<std::int64_t> created;
  for (int kill = 0; kill < kKills; ++kill) {
    for (int i = 0; i < kActivitiesPerRound; ++i) created.insert(stage.strava().create_activity());
    Program fetcher(stage.fetcher_command({}), stage.directory() / "fetcher.log");
    // The moment is the point here, so it is drawn, not waited for.
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds(random)));
    fetcher.kill();
  }
  stage.strava().wait_for_deliveries();
  // The leases of the dead fetchers' jobs have to run out first.
  ASSERT_TRUE(eventually(
      [&] {
        const Finished drained = stage.drain();
        EXPECT_EQ(drained.exit_code, 0) << drained.errors;
        return stage.stored().size() >= created.size();
      },
      std::chrono::seconds(180)));

  const auto stored = stage.stored();
  EXPECT_EQ(stored.size(), created.size());
  for (const std::int64_t id : created) EXPECT_EQ(stored.count(id), 1U) << id;
  EXPECT_TRUE(std::filesystem::is_empty(stage.spool() / "sealed"));
}

}  // namespace
}  // namespace hookspool::e2e
