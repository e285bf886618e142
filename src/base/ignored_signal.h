#pragma once

#include <csignal>

namespace hookspool {

/// Whether this program was started so that a signal is ignored, as nohup(1) does with SIGHUP. A
/// signal that is blocked is not: it would arrive at a signalfd(2).
inline bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace hookspool
