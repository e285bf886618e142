#pragma once

#include <csignal>
#include <ctime>

namespace hookspool::test {

/// Puts the thread's signal mask back as it was, after signals that came meanwhile and were left
/// pending are taken away: for tests of code that blocks signals.
class KeptSignalMask {
 public:
  KeptSignalMask() { ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_); }
  KeptSignalMask(const KeptSignalMask&) = delete;
  KeptSignalMask& operator=(const KeptSignalMask&) = delete;
  ~KeptSignalMask() {
    sigset_t pending;
    ::sigpending(&pending);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
      if (::sigismember(&pending, signal) != 1) continue;
      sigset_t one;
      ::sigemptyset(&one);
      ::sigaddset(&one, signal);
      const timespec at_once{};
      ::sigtimedwait(&one, nullptr, &at_once);
    }
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }

 private:
  sigset_t mask_{};
};

}  // namespace hookspool::test
