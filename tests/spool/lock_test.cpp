#include "spool/lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <future>
#include <optional>

#include "base/error.h"
#include "support/temporary_directory.h"

namespace hookspool::spool {
namespace {

using testing::HasSubstr;

class LockTest : public testing::Test {
 protected:
  const test::TemporaryDirectory directory_;
  const Layout layout_{directory_ / "spool"};
  Lock other_{real_file_system(), layout_};
};

TEST_F(LockTest, WaitsForWhoeverHasIt) {
  std::optional<Lock::Held> held = other_.hold();
  Lock lock(real_file_system(), layout_, std::chrono::minutes(1));
  auto waiting = std::async(std::launch::async, [&lock] { const auto taken = lock.hold(); });
  held.reset();

  EXPECT_NO_THROW(waiting.get());
}

TEST_F(LockTest, GivesUpOnOneThatDoesNotLetGo) {
  Lock lock(real_file_system(), layout_, std::chrono::milliseconds(10));
  {
    const Lock::Held held = other_.hold();
    try {
      const Lock::Held taken = lock.hold();
      FAIL() << "two have it";
    } catch (const SystemError& error) {
      EXPECT_EQ(error.error_number(), EWOULDBLOCK);
      EXPECT_THAT(error.what(), HasSubstr(layout_.lock().string()));
    }
  }
  EXPECT_NO_THROW(lock.hold());
}

TEST_F(LockTest, IsWaitedForAsLongWhereNoTimerIsToBeHad) {
  const std::optional<Lock::Held> held = other_.hold();
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_SIGPENDING, &none);
    Lock lock(real_file_system(), layout_, std::chrono::milliseconds(10));
    try {
      const Lock::Held taken = lock.hold();
      ::_exit(2);
    } catch (const SystemError& error) {
      ::_exit(error.error_number() == EWOULDBLOCK ? 0 : 1);
    }
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(LockTest, TakesThatOfASpoolThatWasMadeAnew) {
  const Lock::Held of_the_old_one = other_.hold();
  std::filesystem::remove_all(layout_.root());
  Lock lock(real_file_system(), layout_, std::chrono::milliseconds(10));

  EXPECT_NO_THROW(lock.hold());
  EXPECT_TRUE(std::filesystem::exists(layout_.lock()));
}

}  // namespace
}  // namespace hookspool::spool
