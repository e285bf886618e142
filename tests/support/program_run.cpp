#include "support/program_run.h"

#include <poll.h>
#include <pty.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "base/descriptor.h"

namespace hookspool::test {
namespace {

/// Arguments and environment in the form of execve(), made before the fork: this process has other
/// threads, so that nothing may be allocated after it.
class Invocation {
 public:
  Invocation(const std::vector<std::string>& command,
             const std::map<std::string, std::string>& environment)
      : command_(command) {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string text = *entry;
      if (!environment.contains(text.substr(0, text.find('=')))) environment_.push_back(text);
    }
    for (const auto& [name, value] : environment) environment_.push_back(name + "=" + value);
    arguments_ = pointers(command_);
    variables_ = pointers(environment_);
  }

  [[noreturn]] void execute() const {
    ::execve(arguments_[0], arguments_.data(), variables_.data());
    ::_exit(127);
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
  }

  std::vector<std::string> command_;
  std::vector<std::string> environment_;
  std::vector<char*> arguments_;
  std::vector<char*> variables_;
};

/// A file in memory, so that no pipe can fill up.
Descriptor memory_file(const std::string& content = "") {
  Descriptor file(::memfd_create("hookspool-test", MFD_CLOEXEC));
  if (!file || ::write(file.get(), content.data(), content.size()) < 0) {
    throw std::runtime_error("cannot make a file in memory");
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string content_of(const Descriptor& file) {
  std::string content(static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END)), '\0');
  if (::pread(file.get(), content.data(), content.size(), 0) < 0) {
    throw std::runtime_error("cannot read a file in memory");
  }
  return content;
}

int wait_for_end(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Appends to `shown` what the terminal shows. False once its program has ended; one that says
/// nothing for half a minute is killed.
bool read_terminal(int terminal, pid_t program, std::string& shown) {
  constexpr int kPatienceMs = 30'000;
  pollfd readable{terminal, POLLIN, 0};
  if (::poll(&readable, 1, kPatienceMs) <= 0) {
    ::kill(program, SIGKILL);
    return false;
  }
  // EIO says that the program has closed the terminal.
  std::array<char, 4096> chunk{};
  const ssize_t got = ::read(terminal, chunk.data(), chunk.size());
  if (got <= 0) return false;
  shown.append(chunk.data(), static_cast<std::size_t>(got));
  return true;
}

}  // namespace

std::filesystem::path built_program(const std::string& name) {
  const char* const build = std::getenv("HOOKSPOOL_BUILD");
  return std::filesystem::absolute(build == nullptr ? "build" : build) / name;
}

ProgramRun run_program(const std::vector<std::string>& command, const std::string& input,
                       const std::map<std::string, std::string>& environment) {
  const Invocation invocation(command, environment);
  const Descriptor in = memory_file(input);
  const Descriptor out = memory_file();
  const Descriptor err = memory_file();
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("cannot fork");
  if (pid == 0) {
    ::dup2(in.get(), STDIN_FILENO);
    ::dup2(out.get(), STDOUT_FILENO);
    ::dup2(err.get(), STDERR_FILENO);
    invocation.execute();
  }
  const int exit_code = wait_for_end(pid);
  return {exit_code, content_of(out), content_of(err)};
}

ProgramRun run_on_terminal(const std::vector<std::string>& command, const std::string& prompt,
                           const std::string& typed,
                           const std::map<std::string, std::string>& environment) {
  return run_dialogue(command, prompt.empty() ? Dialogue() : Dialogue{{prompt, typed}},
                      environment);
}

ProgramRun run_dialogue(const std::vector<std::string>& command, const Dialogue& dialogue,
                        const std::map<std::string, std::string>& environment) {
  const Invocation invocation(command, environment);
  int number = -1;
  const pid_t pid = ::forkpty(&number, nullptr, nullptr, nullptr);
  if (pid < 0) throw std::runtime_error("cannot make a terminal");
  if (pid == 0) {
    // As a login leaves them, whatever the shell of these tests did.
    for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) ::signal(signal, SIG_DFL);
    invocation.execute();
  }
  const Descriptor terminal(number);
  std::string shown;
  std::size_t answered = 0;
  for (const auto& [prompt, typed] : dialogue) {
    std::size_t asked = shown.find(prompt, answered);
    while (asked == std::string::npos && read_terminal(terminal.get(), pid, shown)) {
      asked = shown.find(prompt, answered);
    }
    if (asked == std::string::npos) break;
    answered = asked + prompt.size();
    if (::write(terminal.get(), typed.data(), typed.size()) < 0) ::kill(pid, SIGKILL);
  }
  while (read_terminal(terminal.get(), pid, shown)) {
  }
  return {wait_for_end(pid), shown, ""};
}

}  // namespace hookspool::test
