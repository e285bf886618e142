#include "spool/group_commit.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "spool/reader.h"
#include "spool/record.h"
#include "support/failing_file_system.h"
#include "support/fake_clock.h"
#include "support/temporary_directory.h"

namespace hookspool::spool {
namespace {

using test::FailingFileSystem;
using test::FakeClock;
using test::TemporaryDirectory;

/// Tells a future how it ended.
class Waiting final : public Submission {
 public:
  explicit Waiting(const std::string& id, std::size_t held = 0)
      : line_(encode({Timestamp{}, id, "{}", ""})), held_(held) {}

  std::future<bool> outcome() { return outcome_.get_future(); }
  const std::string& line() const override { return line_; }
  std::size_t held() const override { return held_; }
  void finished(bool durable) noexcept override { outcome_.set_value(durable); }

 private:
  std::string line_;
  std::size_t held_;
  std::promise<bool> outcome_;
};

std::future<bool> submit(GroupCommit& commits, const std::string& id, std::size_t held = 0) {
  auto waiting = std::make_unique<Waiting>(id, held);
  std::future<bool> outcome = waiting->outcome();
  commits.submit(std::move(waiting));
  return outcome;
}

bool commit(GroupCommit& commits, const std::string& id, std::size_t held = 0) {
  std::future<bool> outcome = submit(commits, id, held);
  commits.commit_all();
  return outcome.get();
}

/// Takes its time for the first fdatasync.
class SlowDisk {
 public:
  FileSystem& files() { return files_; }
  int syncs() const { return syncs_; }
  void wait_until_it_syncs() { began_.get_future().wait(); }
  void let_go() { go_on_.set_value(); }

 private:
  std::promise<void> began_;
  std::promise<void> go_on_;
  std::atomic<int> syncs_ = 0;
  FailingFileSystem files_{[this](const std::string& call, int) {
    if (call == "fdatasync" && ++syncs_ == 1) {
      began_.set_value();
      go_on_.get_future().wait();
    }
    return 0;
  }};
};

std::size_t count_records(const std::filesystem::path& spool) {
  const FakeClock clock;
  Reader reader(spool, real_file_system(), clock);
  reader.seal();
  std::size_t records = 0;
  for (const auto& segment : reader.sealed_segments()) {
    records += reader.read(segment, 100, [](const auto&) {}).records;
  }
  return records;
}

TEST(GroupCommit, KeepsWhatManyThreadsSubmit) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  constexpr int kThreads = 8;
  constexpr int kEach = 200;
  std::atomic<int> durable = 0;
  {
    GroupCommit commits(real_file_system(), clock, Layout(directory / "spool"));
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kEach; ++i) {
          if (commit(commits, std::to_string(thread * kEach + i))) ++durable;
        }
      });
    }
  }
  EXPECT_EQ(durable, kThreads * kEach);
  EXPECT_EQ(count_records(directory / "spool"), std::size_t{kThreads * kEach});
}

TEST(GroupCommit, LetsThoseWhoArriveDuringACommitShareTheNext) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  SlowDisk disk;
  GroupCommit commits(disk.files(), clock, Layout(directory / "spool"));
  auto outcome = submit(commits, "first");
  auto more_wait = std::async(std::launch::async, [&] { return commits.commit(); });
  disk.wait_until_it_syncs();
  std::vector<std::future<bool>> outcomes;
  for (int i = 0; i < 50; ++i) {
    outcomes.push_back(submit(commits, std::to_string(i)));
    EXPECT_FALSE(commits.commit()) << "another does";
  }
  disk.let_go();
  EXPECT_TRUE(outcome.get());
  EXPECT_TRUE(more_wait.get());
  outcomes.push_back(submit(commits, "read before the next"));
  EXPECT_FALSE(commits.commit());
  for (auto& later : outcomes) EXPECT_TRUE(later.get());

  EXPECT_EQ(disk.syncs(), 2);
}

TEST(GroupCommit, CommitsWhatArrivedTogetherWithOneSync) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  SlowDisk disk;
  disk.let_go();
  GroupCommit commits(disk.files(), clock, Layout(directory / "spool"));
  std::vector<std::future<bool>> outcomes;
  for (int i = 0; i < 50; ++i) outcomes.push_back(submit(commits, std::to_string(i)));
  commits.commit();
  for (auto& outcome : outcomes) EXPECT_TRUE(outcome.get());

  EXPECT_EQ(disk.syncs(), 1);
}

TEST(GroupCommit, TouchesNoDiskWhenNothingWaits) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  {
    GroupCommit commits(real_file_system(), clock, Layout(directory / "spool"));
    commits.commit();
  }
  EXPECT_FALSE(exists(directory / "spool"));
}

/// Each event that waits for a slow disk once took memory without any limit.
TEST(GroupCommit, RefusesAtOnceWhatIsMoreThanMayWait) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  SlowDisk disk;
  GroupCommit commits(disk.files(), clock, Layout(directory / "spool"));
  constexpr std::size_t kHalf = GroupCommit::kMostHeld / 2;
  auto under_way =
      std::async(std::launch::async, [&] { return commit(commits, "under way", kHalf); });
  disk.wait_until_it_syncs();
  auto waits = submit(commits, "waits", kHalf);

  EXPECT_FALSE(submit(commits, "too many", 1).get());

  disk.let_go();
  EXPECT_TRUE(under_way.get());
  EXPECT_TRUE(waits.get());
  EXPECT_EQ(count_records(directory / "spool"), 2U);
}

TEST(GroupCommit, TakesMoreThanMayWaitIfNothingElseDoes) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  GroupCommit commits(real_file_system(), clock, Layout(directory / "spool"));
  EXPECT_TRUE(commit(commits, "one", 2 * GroupCommit::kMostHeld));
  EXPECT_TRUE(commit(commits, "another", 2 * GroupCommit::kMostHeld));
}

TEST(GroupCommit, KeepsWhatIsMoreThanOneWrite) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  const std::string long_id(100'000, 'x');
  {
    GroupCommit commits(real_file_system(), clock, Layout(directory / "spool"));
    for (int i = 0; i < 50; ++i) submit(commits, long_id + std::to_string(i));
  }
  EXPECT_EQ(count_records(directory / "spool"), 50U);
}

TEST(GroupCommit, RefusesEveryOneThatAFailedSyncCovered) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  std::atomic<bool> broken = true;
  FailingFileSystem files(
      [&](const std::string& call, int) { return broken && call == "fdatasync" ? EIO : 0; });
  GroupCommit commits(files, clock, Layout(directory / "spool"));
  std::vector<std::future<bool>> outcomes;
  for (int i = 0; i < 20; ++i) outcomes.push_back(submit(commits, std::to_string(i)));
  commits.commit();
  for (auto& outcome : outcomes) EXPECT_FALSE(outcome.get());

  broken = false;
  EXPECT_TRUE(commit(commits, "after")) << "it works again without a restart";
}

TEST(GroupCommit, FinishesWhatWasSubmittedBeforeItEnds) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  std::vector<std::future<bool>> outcomes;
  {
    GroupCommit commits(real_file_system(), clock, Layout(directory / "spool"));
    for (int i = 0; i < 100; ++i) outcomes.push_back(submit(commits, std::to_string(i)));
  }
  for (auto& outcome : outcomes) EXPECT_TRUE(outcome.get());
}

}  // namespace
}  // namespace hookspool::spool
