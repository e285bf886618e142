#include "e2e/program.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/descriptor.h"

namespace hookspool::e2e {
namespace {

[[noreturn]] void become(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
  }
  Descriptor read;
  Descriptor write;
};

std::string read_to_end(int fd) {
  std::string content;
  std::array<char, 4096> chunk;
  for (ssize_t got = 0; (got = ::read(fd, chunk.data(), chunk.size())) > 0;) {
    content.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return content;
}

int exit_code_of(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::filesystem::path build_directory() {
  const char* named = std::getenv("HOOKSPOOL_BUILD");
  return std::filesystem::absolute(named != nullptr ? named : "build");
}

std::filesystem::path built_bundle() {
  for (const auto& entry : std::filesystem::directory_iterator(build_directory())) {
    if (entry.path().string().ends_with("-x86_64.tar.gz")) return entry.path();
  }
  throw std::runtime_error("run make bundle first");
}

Program::Program(const std::vector<std::string>& command, const std::filesystem::path& log,
                 int listening_socket)
    : pid_(::fork()) {
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ > 0) return;
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  const int input = listening_socket >= 0 ? listening_socket : ::open("/dev/null", O_RDONLY);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  become(command);
}

Program::Program(Program&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

Program& Program::operator=(Program&& other) noexcept {
  if (this != &other) {
    kill();
    pid_ = std::exchange(other.pid_, -1);
  }
  return *this;
}

Program::~Program() {
  kill();
}

bool Program::is_running() const {
  siginfo_t ended{};
  if (pid_ <= 0) return false;
  const int result = ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT);
  return result == 0 && ended.si_pid == 0;
}

void Program::send(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

int Program::wait() {
  return pid_ > 0 ? exit_code_of(std::exchange(pid_, -1)) : 0;
}

int Program::stop() {
  send(SIGTERM);
  return wait();
}

void Program::kill() {
  send(SIGKILL);
  wait();
}

Finished run(const std::vector<std::string>& command, const std::string& input) {
  Pipe in;
  Pipe out;
  Pipe err;
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("cannot fork");
  if (pid == 0) {
    ::dup2(in.read.get(), STDIN_FILENO);
    ::dup2(out.write.get(), STDOUT_FILENO);
    ::dup2(err.write.get(), STDERR_FILENO);
    become(command);
  }
  in.read.reset();
  out.write.reset();
  err.write.reset();
  Finished finished{};
  std::jthread feed([&] {
    [[maybe_unused]] const auto written = ::write(in.write.get(), input.data(), input.size());
    in.write.reset();
  });
  std::jthread errors([&] { finished.errors = read_to_end(err.read.get()); });
  finished.output = read_to_end(out.read.get());
  errors.join();
  finished.exit_code = exit_code_of(pid);
  return finished;
}

int free_port() {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

void pause_briefly() {
  ::poll(nullptr, 0, 10);
}

}  // namespace hookspool::e2e
