#include "deployment/namespaces.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/descriptor.h"
#include "base/sanitizer.h"

#if HOOKSPOOL_HAS_SANITIZER
/// LeakSanitizer stops all threads from a process of its own, which it cannot find here, where
/// processes have other ids.
extern "C" int __lsan_is_turned_off();
int __lsan_is_turned_off() {
  return 1;
}
#endif

namespace hookspool::deployment {
namespace {

std::string reason;

bool bring_up_loopback() {
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return socket && ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0;
}

bool prepare() {
  return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("proc", "/proc", "proc", 0, nullptr) == 0 && bring_up_loopback();
}

int exit_code_of(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

int run_isolated(const std::function<int()>& body) {
  if (::unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC) != 0) {
    reason = std::string("no namespaces of its own (root is needed): ") + std::strerror(errno);
    return body();
  }
  const pid_t pid = ::fork();
  if (pid != 0) return pid < 0 ? 1 : exit_code_of(pid);
  if (!prepare()) {
    reason = std::string("its own namespaces cannot be prepared: ") + std::strerror(errno);
  }
  return body();
}

const std::string& why_not_isolated() {
  return reason;
}

void end_all_processes() {
  // For the first process of a namespace -1 means all the others in there, and nobody else.
  if (!reason.empty() || ::getpid() != 1) return;
  ::kill(-1, SIGKILL);
  while (::wait(nullptr) > 0 || errno == EINTR) {
  }
}

}  // namespace hookspool::deployment
