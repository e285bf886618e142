#include "support/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace hookspool::test {
namespace {

constexpr std::chrono::seconds kPatience(30);

struct Pipe {
  Pipe() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
    reading = Descriptor(fds[0]);
    writing = Descriptor(fds[1]);
  }
  Descriptor reading;
  Descriptor writing;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Appends what can be read; closes the descriptor at the end of the stream.
void drain(Descriptor& descriptor, std::string& text) {
  std::array<char, 4096> chunk;
  const ssize_t got = ::read(descriptor.get(), chunk.data(), chunk.size());
  if (got < 0 && errno == EINTR) return;
  if (got <= 0) return descriptor.reset();
  text.append(chunk.data(), static_cast<std::size_t>(got));
}

}  // namespace

ChildProcess::ChildProcess(const Command& command) {
  Pipe input;
  Pipe output;
  Pipe error;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  const int standard_input =
      command.standard_input >= 0 ? command.standard_input : input.reading.get();
  ::posix_spawn_file_actions_adddup2(&actions, standard_input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output.writing.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, error.writing.get(), STDERR_FILENO);

  std::vector<std::string> arguments{command.program.string()};
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  std::vector<std::string> environment;
  for (const auto& [name, value] : command.environment) environment.push_back(name + "=" + value);
  const int failure = ::posix_spawnp(&pid_, command.program.c_str(), &actions, nullptr,
                                     pointers(arguments).data(), pointers(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    throw std::runtime_error("cannot start " + command.program.string() + ": " +
                             std::strerror(failure));
  }
  input_ = std::move(input.writing);
  output_ = std::move(output.reading);
  error_ = std::move(error.reading);
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool ChildProcess::write(std::string_view text) {
  // A program that has ended must not end the test.
  struct sigaction old_action {};
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &old_action);
  while (!text.empty()) {
    const ssize_t written = ::write(input_.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  ::sigaction(SIGPIPE, &old_action, nullptr);
  return text.empty();
}

void ChildProcess::send_signal(int signal) {
  ::kill(pid_, signal);
}

std::string ChildProcess::read_error_until(std::string_view wanted) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (error_text_.find(wanted) == std::string::npos) {
    pollfd readable{error_.get(), POLLIN, 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (!error_ || left.count() <= 0) {
      throw std::runtime_error("a program did not say \"" + std::string(wanted) + "\" but \"" +
                               error_text_ + "\"");
    }
    if (::poll(&readable, 1, static_cast<int>(left.count())) > 0) drain(error_, error_text_);
  }
  return error_text_;
}

ChildProcess::Outcome ChildProcess::wait() {
  Outcome outcome;
  outcome.error = error_text_;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (output_ || error_) {
    std::array<pollfd, 2> streams{pollfd{output_.get(), POLLIN, 0}, {error_.get(), POLLIN, 0}};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    if (::poll(streams.data(), streams.size(), static_cast<int>(left.count())) <= 0) continue;
    if (streams[0].revents != 0) drain(output_, outcome.output);
    if (streams[1].revents != 0) drain(error_, outcome.error);
  }
  if (output_ || error_) ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

}  // namespace hookspool::test
