#include "base/interrupting_timer.h"

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

#include "base/error.h"

// timer_create(2) calls it so; the C library of Debian 12 does not.
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace hookspool {
namespace {

/// One that came between a look at the clock and the call would be lost.
constexpr std::chrono::nanoseconds kAgain = std::chrono::milliseconds(10);

void set_handler() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  ::sigaction(SIGALRM, &action, nullptr);
}

timespec to_timespec(std::chrono::nanoseconds time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return {seconds.count(), (time - seconds).count()};
}

}  // namespace

InterruptingTimer::InterruptingTimer(std::chrono::milliseconds after)
    : end_(std::chrono::steady_clock::now() + after) {
  static std::once_flag once;
  std::call_once(once, set_handler);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGALRM;
  event.sigev_notify_thread_id = ::gettid();
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) {
    throw SystemError("make a timer", errno);
  }
  // A first time of zero would switch it off.
  const auto first = std::max<std::chrono::nanoseconds>(after, std::chrono::nanoseconds(1));
  const itimerspec times{to_timespec(kAgain), to_timespec(first)};
  if (::timer_settime(timer_, 0, &times, nullptr) != 0) {
    const int error = errno;
    ::timer_delete(timer_);
    throw SystemError("set a timer", error);
  }
  sigset_t alarm;
  ::sigemptyset(&alarm);
  ::sigaddset(&alarm, SIGALRM);
  ::pthread_sigmask(SIG_UNBLOCK, &alarm, &mask_before_);
}

InterruptingTimer::~InterruptingTimer() {
  ::timer_delete(timer_);
  ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

}  // namespace hookspool
