#include "fetcher/wake.h"

#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <system_error>

#include "base/error.h"
#include "base/ignored_signal.h"
#include "base/log.h"

namespace hookspool::fetcher {
namespace {

Descriptor watch_spool(const std::filesystem::path& spool) {
  Descriptor changes(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!changes || ::inotify_add_watch(changes.get(), spool.c_str(), IN_CREATE | IN_MODIFY) < 0) {
    log::warning("cannot watch " + spool.string() + " for changes (" +
                 std::error_code(errno, std::generic_category()).message() +
                 "); it is looked at every scan_every instead");
  }
  return changes;
}

constexpr std::array kStopSignals{SIGTERM, SIGINT, SIGHUP};

Descriptor block_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : kStopSignals) ::sigaddset(&signals, signal);
  if (is_ignored(SIGHUP)) ::sigdelset(&signals, SIGHUP);
  ::sigaddset(&signals, SIGCHLD);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Descriptor descriptor(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!descriptor) throw SystemError("watch for signals", errno);
  return descriptor;
}

/// Whether one of the notices in `buffer` is about the segment that is appended to, rather than
/// about the lock or the folders beside it.
bool tells_of_current(const char* buffer, const char* end, std::string_view current) {
  while (buffer < end) {
    inotify_event notice{};
    std::memcpy(&notice, buffer, sizeof notice);
    const char* const name = buffer + sizeof notice;
    const bool lost_some = (notice.mask & IN_Q_OVERFLOW) != 0;
    // The name is padded with zeros.
    if (lost_some || (notice.len > 0 && name == current)) return true;
    buffer = name + notice.len;
  }
  return false;
}

bool take_changes(int fd, std::string_view current) {
  std::array<char, 4096> buffer{};
  bool changed = false;
  for (ssize_t got = 0; (got = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    if (tells_of_current(buffer.data(), buffer.data() + got, current)) changed = true;
  }
  return changed;
}

/// True if one of them asks to stop. The end of a child is only there to wake.
bool take_signals(int fd) {
  signalfd_siginfo signal{};
  bool stop = false;
  while (::read(fd, &signal, sizeof signal) > 0) {
    if (signal.ssi_signo != SIGCHLD) stop = true;
  }
  return stop;
}

}  // namespace

Wake::Wake(const spool::Layout& spool)
    : current_(spool.current().filename()),
      changes_(watch_spool(spool.root())),
      signals_(block_signals()),
      descriptors_{changes_.get(), signals_.get()} {}

bool Wake::take() {
  if (take_signals(signals_.get())) stop_was_taken_ = true;
  return take_changes(changes_.get(), current_);
}

bool Wake::stop_requested() const {
  if (stop_was_taken_) return true;
  sigset_t pending;
  ::sigemptyset(&pending);
  ::sigpending(&pending);
  return std::any_of(kStopSignals.begin(), kStopSignals.end(),
                     [&](int signal) { return ::sigismember(&pending, signal) == 1; });
}

}  // namespace hookspool::fetcher
