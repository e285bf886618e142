#include "receiver/system_call_filter.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <span>

namespace hookspool::receiver {
namespace {

/// By name, and one that this architecture does not have is passed over: what a C library makes of
/// open() or poll() differs.
constexpr const char* kAllowed[] = {
    // Files of the spool
    "open", "openat", "openat2", "close", "read", "write", "pread64", "pwrite64", "readv", "writev",
    "lseek", "stat", "lstat", "fstat", "newfstatat", "fstatat64", "statx", "access", "faccessat",
    "faccessat2", "readlink", "readlinkat", "ftruncate", "ftruncate64", "fdatasync", "fsync",
    "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "getdents",
    "getdents64", "flock", "fchmod", "umask", "getcwd",
    // Connections that the web server opens
    "accept", "accept4", "recv", "recvfrom", "recvmsg", "send", "sendto", "sendmsg", "shutdown",
    "getsockopt", "setsockopt", "getsockname", "getpeername", "poll", "ppoll", "select", "pselect6",
    "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "pipe2",
    // Threads, memory, signals, time
    "futex", "set_robust_list", "get_robust_list", "rseq", "sched_yield", "sched_getaffinity",
    "membarrier", "gettid", "getpid", "getuid", "geteuid", "getgid", "getegid", "munmap", "mremap",
    "madvise", "brk", "exit", "exit_group", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
    "rt_sigpending", "sigaltstack", "restart_syscall", "nanosleep", "clock_nanosleep",
    "timer_create", "timer_settime", "timer_delete", "clock_gettime", "clock_getres",
    "gettimeofday", "time", "getrandom", "getrlimit", "uname", "sysinfo",
    // The same on 32 bits
    "_llseek", "_newselect", "stat64", "lstat64", "fstat64", "sigreturn", "ugetrlimit", "getuid32",
    "geteuid32", "getgid32", "getegid32", "futex_time64", "ppoll_time64", "pselect6_time64",
    "clock_gettime64", "clock_getres_time64", "clock_nanosleep_time64", "timer_settime64"};

using Filter = std::unique_ptr<void, decltype(&::seccomp_release)>;

bool allow(const Filter& filter, const char* name) {
  const int call = ::seccomp_syscall_resolve_name(name);
  if (call == __NR_SCMP_ERROR) return true;
  const int error = ::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0);
  // What is only known of another architecture.
  return error == 0 || error == -EDOM || error == -EINVAL;
}

/// As with allow(), it may be one that this architecture does not have.
bool allow_if(const Filter& filter, int call, const scmp_arg_cmp& condition) {
  return call < 0 ||
         ::seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call, 1, &condition) == 0;
}

/// Others of these make a descriptor signal a process, F_SETOWN and FIOSETOWN among them.
constexpr scmp_datum_t kAllowedOfFcntl[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD,
                                            F_SETFD, F_GETFL,         F_SETFL};
constexpr scmp_datum_t kAllowedOfIoctl[] = {FIONREAD, TCGETS};

bool allow_commands(const Filter& filter, int call, std::span<const scmp_datum_t> commands) {
  return std::ranges::all_of(commands, [&](scmp_datum_t command) {
    return allow_if(filter, call, {1, SCMP_CMP_EQ, command, 0});
  });
}

/// Which argument of clone(2) has the flags.
#if defined(__s390x__) || defined(__s390__)
constexpr unsigned kFlagsOfClone = 1;
#else
constexpr unsigned kFlagsOfClone = 0;
#endif

/// Calls whose arguments decide.
bool allow_in_part(const Filter& filter) {
  constexpr scmp_datum_t kThread = CLONE_THREAD | CLONE_VM;
  constexpr scmp_arg_cmp kThreadOnly{kFlagsOfClone, SCMP_CMP_MASKED_EQ, kThread, kThread};
  constexpr scmp_arg_cmp kNotExecutable{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
  // A large request is given to libfcgi through a pair of sockets.
  constexpr scmp_arg_cmp kLocalPair{0, SCMP_CMP_EQ, AF_UNIX, 0};
  // The limits of others could be lowered. The C library asks for the caller's own by 0.
  constexpr scmp_arg_cmp kOfTheCaller{0, SCMP_CMP_EQ, 0, 0};
  const scmp_arg_cmp ourselves{0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid()), 0};
  // clone3 has its flags in memory, where no filter can look; without it the C library takes clone.
  return allow_if(filter, SCMP_SYS(clone), kThreadOnly) &&
         allow_if(filter, SCMP_SYS(mmap), kNotExecutable) &&
         allow_if(filter, SCMP_SYS(mmap2), kNotExecutable) &&
         allow_if(filter, SCMP_SYS(mprotect), kNotExecutable) &&
         allow_if(filter, SCMP_SYS(socketpair), kLocalPair) &&
         allow_if(filter, SCMP_SYS(kill), ourselves) &&
         allow_if(filter, SCMP_SYS(tgkill), ourselves) &&
         allow_if(filter, SCMP_SYS(prlimit64), kOfTheCaller) &&
         allow_commands(filter, SCMP_SYS(fcntl), kAllowedOfFcntl) &&
         allow_commands(filter, SCMP_SYS(fcntl64), kAllowedOfFcntl) &&
         allow_commands(filter, SCMP_SYS(ioctl), kAllowedOfIoctl);
}

}  // namespace

bool filter_system_calls() {
  const Filter filter(::seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), &::seccomp_release);
  if (!filter) return false;
  for (const char* name : kAllowed) {
    if (!allow(filter, name)) return false;
  }
  // seccomp_load() sets no_new_privs, without which the kernel takes no filter.
  return allow_in_part(filter) && ::seccomp_load(filter.get()) == 0;
}

}  // namespace hookspool::receiver
