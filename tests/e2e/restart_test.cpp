// Programs that end at the wrong moment, under load.

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "e2e/stage.h"
#include "event/event.h"
#include "spool/reader.h"

namespace hookspool::e2e {
namespace {

/// Posts events from several threads until told to stop, and remembers which were answered with
/// 200.
class Load {
 public:
  Load(const Stage& stage, int threads) {
    const std::int64_t subscription = stage.control("GET", "/_sim/subscription")["id"].asInt64();
    for (int thread = 0; thread < threads; ++thread) {
      threads_.emplace_back([this, &stage, thread, subscription](const std::stop_token& stop) {
        constexpr std::int64_t kPerThread = 1'000'000;
        for (std::int64_t i = 1; !stop.stop_requested(); ++i) {
          const std::int64_t id = (thread + 1) * kPerThread + i;
          const HttpAnswer answer =
              stage.post(event_body(id, "create", 1'790'000'000, subscription));
          const std::lock_guard guard(mutex_);
          if (answer.status == 200) acknowledged_.insert(id);
        }
      });
    }
  }

  std::size_t acknowledged() {
    const std::lock_guard guard(mutex_);
    return acknowledged_.size();
  }
  void wait_for_more(std::size_t count) {
    const std::size_t goal = acknowledged() + count;
    ASSERT_TRUE(eventually([&] { return acknowledged() >= goal; }));
  }
  std::set<std::int64_t> stop() {
    threads_.clear();
    return acknowledged_;
  }

 private:
  std::mutex mutex_;
  std::set<std::int64_t> acknowledged_;
  std::vector<std::jthread> threads_;
};

std::set<std::int64_t> spooled(const std::filesystem::path& spool) {
  const SystemClock clock;
  spool::Reader reader(spool, spool::real_file_system(), clock);
  reader.seal();
  std::set<std::int64_t> ids;
  for (const auto& segment : reader.sealed_segments()) {
    reader.read(segment, 1000, [&](const std::vector<spool::Record>& batch) {
      for (const spool::Record& record : batch) {
        ids.insert(std::get<event::Event>(event::parse(record.body)).object_id);
      }
    });
  }
  return ids;
}

void expect_no_loss(const std::set<std::int64_t>& acknowledged, const Stage& stage) {
  const std::set<std::int64_t> kept = spooled(stage.spool());
  for (const std::int64_t id : acknowledged) {
    EXPECT_TRUE(kept.contains(id)) << id << " was answered with 200";
  }
}

class ReceiverRestart : public testing::TestWithParam<int> {};

TEST_P(ReceiverRestart, UnderLoadLosesNoAcknowledgedEvent) {
  Stage stage;
  Load load(stage, 8);
  for (int round = 0; round < 5; ++round) {
    load.wait_for_more(100);
    stage.receiver().send(GetParam());
    const int exit_code = stage.receiver().wait();
    EXPECT_EQ(exit_code, GetParam() == SIGTERM ? 0 : 128 + SIGKILL);
    stage.start_receiver();
  }
  load.wait_for_more(100);

  expect_no_loss(load.stop(), stage);
}

INSTANTIATE_TEST_SUITE_P(BySignal, ReceiverRestart, testing::Values(SIGTERM, SIGKILL),
                         [](const auto& info) { return info.param == SIGTERM ? "Term" : "Kill"; });

TEST(WebServerRestart, UnderLoadLosesNoAcknowledgedEvent) {
  Stage stage;
  Load load(stage, 8);
  for (int round = 0; round < 3; ++round) {
    load.wait_for_more(100);
    stage.restart_web_server();
  }
  load.wait_for_more(100);

  expect_no_loss(load.stop(), stage);
}

TEST(FetcherKill, AtFiftyRandomMomentsStoresEveryActivityOnce) {
  const Stage stage;
  constexpr int kKills = 50;
  constexpr int kActivitiesPerRound = 4;
  std::mt19937 random(20261123);
  std::uniform_int_distribution<int> milliseconds(5, 150);
  std::set<std::int64_t> created;
  for (int kill = 0; kill < kKills; ++kill) {
    for (int i = 0; i < kActivitiesPerRound; ++i) created.insert(stage.create_activity());
    Program fetcher(stage.fetcher_command({}), stage.directory() / "fetcher.log");
    // The moment is the point here, so it is drawn, not waited for.
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds(random)));
    fetcher.kill();
  }
  stage.wait_for_deliveries();
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
