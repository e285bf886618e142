#include "base/interrupting_timer.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <future>

#include "base/descriptor.h"

namespace hookspool {
namespace {

using namespace std::chrono_literals;

class InterruptingTimerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    silent_ = Descriptor(ends[0]);
    unused_ = Descriptor(ends[1]);
  }

  /// Reads what never comes; the error with which that ends.
  int wait_for_ever() const {
    char byte = 0;
    return ::read(silent_.get(), &byte, 1) < 0 ? errno : 0;
  }

 private:
  Descriptor silent_;
  Descriptor unused_;
};

TEST_F(InterruptingTimerTest, EndsACallThatWouldWaitForEver) {
  const InterruptingTimer timer(1ms);

  EXPECT_EQ(wait_for_ever(), EINTR);
  EXPECT_TRUE(timer.is_over());
}

TEST_F(InterruptingTimerTest, EndsOneThatBeginsWhenTheTimeIsOver) {
  const InterruptingTimer timer(0ms);
  while (!timer.is_over()) continue;

  for (int i = 0; i < 3; ++i) EXPECT_EQ(wait_for_ever(), EINTR);
}

TEST_F(InterruptingTimerTest, EndsItInAThreadThatBlocksTheSignal) {
  sigset_t alarm;
  ::sigemptyset(&alarm);
  ::sigaddset(&alarm, SIGALRM);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &alarm, nullptr), 0);
  {
    const InterruptingTimer timer(1ms);
    EXPECT_EQ(wait_for_ever(), EINTR);
  }
  sigset_t after;
  ASSERT_EQ(::pthread_sigmask(SIG_UNBLOCK, &alarm, &after), 0);
  EXPECT_EQ(::sigismember(&after, SIGALRM), 1) << "it is blocked again";
}

TEST_F(InterruptingTimerTest, InterruptsItsOwnThreadOnly) {
  const InterruptingTimer of_this_one(1h);
  auto other = std::async(std::launch::async, [this] {
    const InterruptingTimer timer(1ms);
    return wait_for_ever();
  });

  EXPECT_EQ(other.get(), EINTR);
  EXPECT_FALSE(of_this_one.is_over());
}

}  // namespace
}  // namespace hookspool
