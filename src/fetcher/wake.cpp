#include "fetcher/wake.h"

#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "base/error.h"
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

Descriptor block_stop_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Descriptor descriptor(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!descriptor) throw SystemError("watch for signals", errno);
  return descriptor;
}

/// True if there was something.
bool read_away(int fd) {
  alignas(inotify_event) char buffer[4096];
  bool any = false;
  while (::read(fd, buffer, sizeof buffer) > 0) any = true;
  return any;
}

}  // namespace

Wake::Wake(const std::filesystem::path& spool)
    : changes_(watch_spool(spool)),
      signals_(block_stop_signals()),
      descriptors_{changes_.get(), signals_.get()} {}

bool Wake::take() {
  if (read_away(signals_.get())) stop_requested_ = true;
  return read_away(changes_.get());
}

}  // namespace hookspool::fetcher
