#include "fetcher/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "fetcher/scripted_process.h"
#include "store/athletes.h"
#include "store/jobs.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"
#include "support/kept_signal_mask.h"
#include "support/scripted_transport.h"
#include "support/temporary_directory.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr event::AthleteId kAthlete{134815};

/// With the first answer another process takes the store, which it holds until there is a third
/// wait, and a stop is asked for.
class HoldingTransport final : public strava::HttpTransport {
 public:
  HoldingTransport(test::ScriptedTransport& scripted, store::Database& database)
      : scripted_(scripted), database_(database) {}

  void start(strava::HttpRequest request, Completion completion) override {
    scripted_.start(std::move(request), std::move(completion));
  }
  void wait(std::chrono::milliseconds timeout, std::span<const int> wake_on) override {
    if (waits_ > 1) held_.reset();
    if (waits_++ == 0) {
      held_ = std::make_unique<store::Transaction>(database_);
      ::raise(SIGTERM);
    }
    if (while_waiting_) while_waiting_();
    scripted_.wait(timeout, wake_on);
  }
  void while_waiting(std::function<void()> action) { while_waiting_ = std::move(action); }
  void withdraw() override { scripted_.withdraw(); }
  std::size_t in_flight() const override { return scripted_.in_flight(); }

 private:
  test::ScriptedTransport& scripted_;
  store::Database& database_;
  std::unique_ptr<store::Transaction> held_;
  std::function<void()> while_waiting_;
  int waits_ = 0;
};

class ProcessTest : public testing::Test {
 protected:
  ProcessTest() { settings_.spool = directory_ / "spool"; }

  const test::KeptSignalMask mask_;
  const test::TemporaryDirectory directory_;
  test::TemporaryStore store_;
  store::Database database_{store_.url()};
  test::ScriptedTransport transport_;
  const test::FakeClock clock_;
  Process::Settings settings_;
};

/// A service manager kills after a while, which costs tokens.
TEST_F(ProcessTest, HurriesWithTheStoreFromAStopOn) {
  std::optional<Process> process(std::in_place, settings_, database_, transport_, clock_);
  EXPECT_FALSE(database_.patience().hurries());

  ::raise(SIGTERM);
  EXPECT_TRUE(database_.patience().hurries());

  process.reset();
  EXPECT_FALSE(database_.patience().hurries());
}

TEST_F(ProcessTest, WaitsAtItsEndForTheStoreToTakeTokens) {
  store::Athletes athletes(store_.database());
  athletes.put(test::athlete_with_tokens(kAthlete, clock_.now(), 0s), clock_.now());
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now());
  store::Jobs(store_.database()).want(store::Wish::kFetch, 1, kAthlete, now, clock_.now());
  transport_.will_answer(200, test::tokens_json("refresh-2", "access-2"));
  HoldingTransport transport(transport_, store_.database());
  Process process(settings_, database_, transport, clock_);
  database_.patience().limit(0ms);

  std::vector<bool> hurries;
  transport.while_waiting([&] { hurries.push_back(database_.patience().hurries()); });

  EXPECT_THROW(process.run(Mode::kOnce), store::StoreError);

  EXPECT_THAT(hurries, ElementsAre(true, false, false)) << "tokens have a time of their own";
  EXPECT_TRUE(database_.patience().hurries());
  EXPECT_EQ(athletes.find(kAthlete)->refresh_token.reveal(), "refresh-2");
}

}  // namespace
}  // namespace hookspool::fetcher
