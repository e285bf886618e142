#include "receiver/signals.h"

#include <sys/signalfd.h>

#include <cerrno>
#include <csignal>

#include "base/error.h"
#include "base/ignored_signal.h"

namespace hookspool::receiver {

Descriptor watch_stop_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) ::sigaddset(&signals, signal);
  if (is_ignored(SIGHUP)) ::sigdelset(&signals, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Descriptor descriptor(::signalfd(-1, &signals, SFD_CLOEXEC));
  if (!descriptor) throw SystemError("watch for signals", errno);
  return descriptor;
}

void ignore_write_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace hookspool::receiver
