#pragma once

#include <signal.h>
#include <time.h>

#include <chrono>

namespace hookspool {

/// Ends what its thread waits for: from a moment on, and until the timer ends, system calls of this
/// thread that wait are interrupted (EINTR), those that had begun before and those that begin after
/// it. For calls that know no timeout. It sends SIGALRM to the thread, for which the first timer of
/// a process sets a handler that does nothing, and which is not blocked in the thread meanwhile.
class InterruptingTimer {
 public:
  /// \throws SystemError  the system has no timer left
  explicit InterruptingTimer(std::chrono::milliseconds after);
  InterruptingTimer(const InterruptingTimer&) = delete;
  InterruptingTimer& operator=(const InterruptingTimer&) = delete;
  /// In the thread that made it.
  ~InterruptingTimer();

  /// Whether the time is over: any other signal may have interrupted the call, too.
  bool is_over() const { return std::chrono::steady_clock::now() >= end_; }

 private:
  std::chrono::steady_clock::time_point end_;
  timer_t timer_{};
  sigset_t mask_before_{};
};

}  // namespace hookspool
