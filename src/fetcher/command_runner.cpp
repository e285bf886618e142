#include "fetcher/command_runner.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/ignored_signal.h"

namespace hookspool::fetcher {
namespace {

constexpr std::chrono::seconds kGrace{5};

/// How a shell says that a program cannot be run.
constexpr int kCannotRun = 126;

/// False, and why in errno, if the system refused. To be read from the start again.
bool fill(const Descriptor& file, const std::string& content) {
  std::size_t written = 0;
  while (written < content.size()) {
    const ssize_t count = ::write(file.get(), content.data() + written, content.size() - written);
    if (count < 0) return false;
    written += static_cast<std::size_t>(count);
  }
  return ::lseek(file.get(), 0, SEEK_SET) == 0;
}

/// Those of libraries, as libcurl's connections, would stay open in what is executed.
void leave_descriptors_behind() {
  constexpr unsigned kFirst = STDERR_FILENO + 1;
  // CLOSE_RANGE_CLOEXEC, which older headers do not have.
  constexpr unsigned kCloseOnExecution = 1U << 2;
  if (::syscall(SYS_close_range, kFirst, ~0U, kCloseOnExecution) == 0) return;
  // On Linux before 5.11.
  constexpr int kMost = 1024;
  for (int fd = kFirst; fd < kMost; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/// In the child, where only async-signal-safe functions may be called.
[[noreturn]] void become(const char* program, const char* argument, int input, int refusal,
                         pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kCannotRun);  // it died before that
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(input, STDIN_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  leave_descriptors_behind();
  // execv takes pointers to characters that it does not change.
  const std::array<char*, 3> arguments{const_cast<char*>(program), const_cast<char*>(argument),
                                       nullptr};
  ::execv(program, arguments.data());
  const int error = errno;
  [[maybe_unused]] const ssize_t ignored = ::write(refusal, &error, sizeof error);
  ::_exit(kCannotRun);
}

/// `refusal` is the end of the pipe at which execv's error arrives.
CommandEnd end_of(int status, const Descriptor& refusal) {
  int error = 0;
  if (::read(refusal.get(), &error, sizeof error) == sizeof error) {
    return {CommandEnd::How::kNotStarted, error};
  }
  if (WIFEXITED(status)) return {CommandEnd::How::kExited, WEXITSTATUS(status)};
  return {CommandEnd::How::kKilled, WTERMSIG(status)};
}

}  // namespace

CommandRunner::CommandRunner(const Clock& clock, std::filesystem::path program,
                             std::chrono::seconds timeout)
    : clock_(clock), program_(std::move(program)), timeout_(timeout) {
  if (is_ignored(SIGCHLD)) ::signal(SIGCHLD, SIG_DFL);
}

CommandRunner::~CommandRunner() {
  for (const auto& [pid, running] : running_) {
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
}

void CommandRunner::start(const std::string& argument, const std::string& input,
                          Completion completion) {
  const auto refused = [&completion] { completion({CommandEnd::How::kNotStarted, errno}); };
  if (::access(program_.c_str(), X_OK) != 0) return refused();
  // A file of no name, so that the program can read it at its leisure: a pipe would block us once
  // its buffer is full.
  const Descriptor file(::memfd_create("hookspool-message", MFD_CLOEXEC));
  if (!file || !fill(file, input)) return refused();
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return refused();
  Descriptor refusal(ends[0]);
  const Descriptor refuse(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(program_.c_str(), argument.c_str(), file.get(), refuse.get(), parent);
  if (pid < 0) return refused();
  // Here too: whichever of the two is first, kill(-pid) reaches it.
  ::setpgid(pid, pid);
  running_[pid] = {clock_.now() + timeout_, std::move(refusal), false, std::move(completion)};
}

void CommandRunner::poll() {
  for (auto at = running_.begin(); at != running_.end();) {
    auto& [pid, running] = *at;
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == pid) {
      const CommandEnd end = running.timed_out ? CommandEnd{CommandEnd::How::kTimedOut, 0}
                                               : end_of(status, running.refusal);
      ended_.emplace_back(std::move(running.completion), end);
      at = running_.erase(at);
      continue;
    }
    const Timestamp now = clock_.now();
    // If the clock was set back, its time begins anew: it is not to run until the clock catches up.
    running.deadline = std::min(running.deadline, now + (running.timed_out ? kGrace : timeout_));
    if (now >= running.deadline) {
      ::kill(-pid, running.timed_out ? SIGKILL : SIGTERM);
      running.timed_out = true;
      running.deadline = now + kGrace;
    }
    ++at;
  }
  // Only now: a completion may start the next one.
  while (!ended_.empty()) {
    const auto [completion, end] = std::move(ended_.front());
    ended_.pop_front();
    completion(end);
  }
}

std::optional<Timestamp> CommandRunner::next_deadline() const {
  if (running_.empty()) return std::nullopt;
  return std::min_element(running_.begin(), running_.end(),
                          [](const auto& one, const auto& other) {
                            return one.second.deadline < other.second.deadline;
                          })
      ->second.deadline;
}

}  // namespace hookspool::fetcher
