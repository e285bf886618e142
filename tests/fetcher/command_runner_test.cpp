#include "fetcher/command_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/descriptor.h"
#include "support/fake_clock.h"
#include "support/temporary_directory.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using How = CommandEnd::How;

class CommandRunnerTest : public testing::Test {
 protected:
  std::filesystem::path script(const std::string& text) {
    const std::filesystem::path path = directory_ / "script";
    std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  void start(const std::filesystem::path& program, const std::string& input = "") {
    runner_ = std::make_unique<CommandRunner>(clock_, program, 60s);
    runner_->start("activity.stored", input, [this](const CommandEnd& end) { end_ = end; });
  }
  /// Polls until it has ended, ten seconds at most.
  CommandEnd end() {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!end_ && std::chrono::steady_clock::now() < deadline) {
      runner_->poll();
      // Between two polls, as the fetcher's own loop pauses; no outcome depends on how long.
      std::this_thread::sleep_for(2ms);
    }
    EXPECT_TRUE(end_) << "it did not end";
    return end_.value_or(CommandEnd{});
  }
  std::string written(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(directory_ / name).rdbuf();
    return text.str();
  }
  bool comes_to_be(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      // A file that a script makes announces itself to nobody.
      std::this_thread::sleep_for(2ms);
    }
    return true;
  }

  test::TemporaryDirectory directory_;
  test::FakeClock clock_;
  std::unique_ptr<CommandRunner> runner_;
  std::optional<CommandEnd> end_;
};

TEST_F(CommandRunnerTest, GivesTheMessageAtStandardInputAndTheKindAsTheOnlyArgument) {
  const std::string out = (directory_ / "out").string();
  start(script("echo \"$# $1\" > '" + out + "'; cat >> '" + out + "'"), "{\"id\":1}");
  EXPECT_EQ(end().code, 0);
  EXPECT_EQ(written("out"), "1 activity.stored\n{\"id\":1}");
}

/// Such as connections to Strava.
TEST_F(CommandRunnerTest, HandsOverNothingElseThatIsOpen) {
  const Descriptor opened(::dup(STDIN_FILENO));
  const std::string out = (directory_ / "out").string();
  const std::string number = std::to_string(opened.get());
  start(script("[ -e /proc/$$/fd/" + number + " ] || echo closed > '" + out + "'"));
  EXPECT_EQ(end().code, 0);
  EXPECT_EQ(written("out"), "closed\n");
}

/// As it is after `trap '' CHLD` in the shell that started us.
TEST_F(CommandRunnerTest, SeesTheEndThoughTheProcessWasStartedSoThatItIgnoresItsChildren) {
  const auto before = ::signal(SIGCHLD, SIG_IGN);
  start(script("exit 75"));
  EXPECT_EQ(end().code, 75);
  ::signal(SIGCHLD, before);
}

/// Else they would run again, though they have done what they were to do.
TEST_F(CommandRunnerTest, TellsThoseThatEndedTooThoughTheFirstCouldNotBeNoted) {
  CommandRunner runner(clock_, script("exit 0"), 60s);
  int told = 0;
  for (int i = 0; i < 2; ++i) {
    runner.start("activity.stored", "", [&told](const CommandEnd&) {
      if (++told == 1) throw std::runtime_error("the disk is full");
    });
  }
  EXPECT_TRUE(comes_to_be([&] {
    try {
      runner.poll();
    } catch (const std::runtime_error&) {
    }
    return told == 2;
  }));
}

/// A pipe would hold 64 KiB, and the fetcher up.
TEST_F(CommandRunnerTest, DoesNotWaitForAProgramThatReadsNothing) {
  start(script("exit 0"), std::string(4 * 1024 * 1024, 'x'));
  EXPECT_EQ(end().code, 0);
}

TEST_F(CommandRunnerTest, TellsHowItEnded) {
  start(script("exit 75"));
  EXPECT_EQ(end().code, 75);
  end_.reset();
  start(script("kill -KILL $$"));
  EXPECT_EQ(end().how, How::kKilled);
  EXPECT_EQ(end_->code, SIGKILL);
  end_.reset();
  start(directory_ / "missing");
  EXPECT_EQ(end().how, How::kNotStarted);
  EXPECT_EQ(end_->code, ENOENT);
}

TEST_F(CommandRunnerTest, TellsWhyTheKernelRunsItNot) {
  const std::filesystem::path program = script("exit 0");
  for (const auto& [text, error] :
       {std::pair("exit 0\n", ENOEXEC), std::pair("#!/bin/sh\r\nexit 0\r\n", ENOENT)}) {
    std::ofstream(program) << text;
    end_.reset();
    start(program);
    EXPECT_EQ(end().how, How::kNotStarted) << text;
    EXPECT_EQ(end_->code, error) << text;
  }
  end_.reset();
  start(directory_.path());
  EXPECT_EQ(end().how, How::kNotStarted);
  EXPECT_EQ(end_->code, EACCES);
}

/// As when other parts of the process have all that it may have.
class DescriptorsLeft {
 public:
  explicit DescriptorsLeft(rlim_t left) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::dup(STDERR_FILENO);
    ::close(next);
    const rlimit few{static_cast<rlim_t>(next) + left, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  DescriptorsLeft(const DescriptorsLeft&) = delete;
  DescriptorsLeft& operator=(const DescriptorsLeft&) = delete;
  ~DescriptorsLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(CommandRunnerTest, TellsThatThereWasNoDescriptorForWhatItTakes) {
  const std::filesystem::path program = script("exit 0");
  for (const rlim_t left : {0, 1, 2}) {
    end_.reset();
    {
      const DescriptorsLeft few(left);
      start(program, "{}");
    }
    ASSERT_TRUE(end_) << left;
    EXPECT_EQ(end_->how, How::kNotStarted) << left;
    EXPECT_EQ(end_->code, EMFILE) << left;
    EXPECT_EQ(runner_->running(), 0U) << left;
  }
  end_.reset();
  start(program, "{}");
  EXPECT_EQ(end().how, How::kExited);
}

TEST_F(CommandRunnerTest, EndsOneThatTakesTooLong) {
  const std::string ready = (directory_ / "ready").string();
  start(script("touch '" + ready + "'; sleep 100"));
  ASSERT_TRUE(comes_to_be([&] { return std::filesystem::exists(ready); }));
  EXPECT_EQ(runner_->next_deadline(), clock_.now() + 60s);
  clock_.advance(60s);
  EXPECT_EQ(end().how, How::kTimedOut);
}

TEST_F(CommandRunnerTest, KillsOneThatDoesNotHeed) {
  const std::string ready = (directory_ / "ready").string();
  start(script("trap '' TERM; touch '" + ready + "'; while :; do sleep 0.01; done"));
  ASSERT_TRUE(comes_to_be([&] { return std::filesystem::exists(ready); }));
  clock_.advance(60s);
  runner_->poll();
  EXPECT_FALSE(end_);
  clock_.advance(5s);
  EXPECT_EQ(end().how, How::kTimedOut);
}

TEST_F(CommandRunnerTest, EndsOneThatTakesTooLongThoughTheClockWasSetBack) {
  const std::string ready = (directory_ / "ready").string();
  start(script("trap '' TERM; touch '" + ready + "'; while :; do sleep 0.01; done"));
  ASSERT_TRUE(comes_to_be([&] { return std::filesystem::exists(ready); }));
  clock_.advance(-24h);
  runner_->poll();
  EXPECT_EQ(runner_->next_deadline(), clock_.now() + 60s);
  clock_.advance(60s);
  runner_->poll();
  clock_.advance(-24h);
  runner_->poll();
  EXPECT_EQ(runner_->next_deadline(), clock_.now() + 5s);
  clock_.advance(5s);
  EXPECT_EQ(end().how, How::kTimedOut);
}

TEST_F(CommandRunnerTest, RunsSeveralAtOnce) {
  const std::filesystem::path program = script("exit 0");
  runner_ = std::make_unique<CommandRunner>(clock_, program, 60s);
  int ended = 0;
  for (int i = 0; i < 3; ++i) runner_->start("x", "", [&ended](const CommandEnd&) { ++ended; });
  EXPECT_EQ(runner_->running(), 3U);
  EXPECT_TRUE(comes_to_be([&] {
    runner_->poll();
    return ended == 3;
  }));
}

}  // namespace
}  // namespace hookspool::fetcher
