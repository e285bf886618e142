#include "receiver/known_subscription.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/file_content.h"
#include "support/temporary_directory.h"

namespace hookspool::receiver {
namespace {

using event::SubscriptionId;
using test::TemporaryDirectory;

class KnownSubscriptionTest : public testing::Test {
 protected:
  /// As hookspoolctl writes it.
  void write(const std::string& content) const { replace_file_durably(file_, content, 0640); }

  const TemporaryDirectory directory_;
  const std::filesystem::path file_ = directory_ / "subscription";
  KnownSubscription known_{std::nullopt, file_};
};

TEST_F(KnownSubscriptionTest, IsNoneUntilItIsWritten) {
  EXPECT_EQ(known_.id(), std::nullopt);
  write("5\n");
  EXPECT_EQ(known_.id(), SubscriptionId{5});
}

TEST_F(KnownSubscriptionTest, FollowsTheFile) {
  for (const std::int64_t id : {1L, 2L, 3L, 120475L, INT64_MAX}) {
    write(std::to_string(id) + "\n");
    EXPECT_EQ(known_.id(), SubscriptionId{id});
    EXPECT_EQ(known_.id(), SubscriptionId{id}) << "also if nothing changed";
  }
  std::filesystem::remove(file_);
  EXPECT_EQ(known_.id(), std::nullopt);
  write("7\n");
  EXPECT_EQ(known_.id(), SubscriptionId{7});
}

TEST_F(KnownSubscriptionTest, TakesTheIdWithOrWithoutANewline) {
  write("120475");
  EXPECT_EQ(known_.id(), SubscriptionId{120475});
}

TEST_F(KnownSubscriptionTest, IsTheConfigurationsIfThatNamesOne) {
  write("5\n");
  KnownSubscription configured(SubscriptionId{9}, file_);
  EXPECT_EQ(configured.id(), SubscriptionId{9});
}

TEST_F(KnownSubscriptionTest, TakesGarbageForNoneAndSaysSoOnce) {
  for (const std::string& garbage :
       {std::string(), std::string("\n"), std::string("x"), std::string("5x"), std::string("-5"),
        std::string("0"), std::string("5.0"), std::string(" 5"), std::string("5 "),
        std::string("5\n\n"), std::string("5\r\n"), std::string("9223372036854775808"),
        std::string("5\0", 2), std::string(1000, '5')}) {
    write(garbage);
    testing::internal::CaptureStderr();
    EXPECT_EQ(known_.id(), std::nullopt) << garbage;
    EXPECT_EQ(known_.id(), std::nullopt);
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
    EXPECT_NE(log.find(file_.string()), std::string::npos) << log;
  }
  write("5\n");
  EXPECT_EQ(known_.id(), SubscriptionId{5}) << "it is mended without a restart";
}

TEST_F(KnownSubscriptionTest, TakesWhatCannotBeReadForNone) {
  std::filesystem::create_directory(file_);
  testing::internal::CaptureStderr();
  EXPECT_EQ(known_.id(), std::nullopt);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("any subscription"), std::string::npos);
  std::filesystem::remove(file_);
  std::filesystem::create_symlink(file_, file_);
  EXPECT_EQ(known_.id(), std::nullopt);
  std::filesystem::remove(file_);
  write("5\n");
  EXPECT_EQ(known_.id(), SubscriptionId{5});
}

/// Lets no further file be opened until the end of the scope.
class NoDescriptorsLeft {
 public:
  NoDescriptorsLeft() {
    ::getrlimit(RLIMIT_NOFILE, &old_);
    const int lowest_free = ::dup(STDERR_FILENO);
    ::close(lowest_free);
    rlimit none = old_;
    none.rlim_cur = static_cast<rlim_t>(lowest_free);
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoDescriptorsLeft(const NoDescriptorsLeft&) = delete;
  NoDescriptorsLeft& operator=(const NoDescriptorsLeft&) = delete;
  ~NoDescriptorsLeft() { ::setrlimit(RLIMIT_NOFILE, &old_); }

 private:
  rlimit old_{};
};

/// A file that could not be opened once was not tried again until it changed, which let forged
/// events in for good.
TEST_F(KnownSubscriptionTest, IsReadAgainAfterAFaultThatPassed) {
  write("5\n");
  testing::internal::CaptureStderr();
  {
    const NoDescriptorsLeft exhausted;
    EXPECT_EQ(known_.id(), std::nullopt);
    EXPECT_EQ(known_.id(), std::nullopt);
  }
  EXPECT_EQ(known_.id(), SubscriptionId{5});
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
}

TEST_F(KnownSubscriptionTest, IsAskedByManyThreadsWhileItChanges) {
  write("1\n");
  std::atomic<bool> done = false;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!done) {
        const auto id = known_.id();
        ASSERT_TRUE(id == SubscriptionId{1} || id == SubscriptionId{2});
      }
    });
  }
  for (int i = 0; i < 100; ++i) write(i % 2 == 0 ? "2\n" : "1\n");
  done = true;
}

}  // namespace
}  // namespace hookspool::receiver
