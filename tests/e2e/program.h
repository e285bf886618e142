#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace hookspool::e2e {

/// Where the programs under test were built: $HOOKSPOOL_BUILD, or "build".
std::filesystem::path build_directory();

/// What `make bundle` made there. \throws std::runtime_error
std::filesystem::path built_bundle();

/// A running program. It is killed at the end, unless it was stopped before.
class Program {
 public:
  /// Starts `command`, its output appended to `log`. With `listening_socket`, that descriptor
  /// becomes the program's standard input, as spawn-fcgi, mod_fcgid and systemd do it.
  Program(const std::vector<std::string>& command, const std::filesystem::path& log,
          int listening_socket = -1);
  Program(Program&& other) noexcept;
  Program& operator=(Program&& other) noexcept;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  pid_t pid() const { return pid_; }
  bool is_running() const;
  void send(int signal) const;
  /// Waits for the end; the exit code, or 128 + the signal that ended it.
  int wait();
  /// SIGTERM, then wait().
  int stop();
  /// SIGKILL, then wait().
  void kill();

 private:
  pid_t pid_ = -1;
};

/// How a program that has ended did so, and what it wrote.
struct Finished {
  int exit_code;
  std::string output;  ///< standard output
  std::string errors;  ///< standard error
};

/// Runs a program to its end, with `input` as its standard input.
Finished run(const std::vector<std::string>& command, const std::string& input = "");

/// A port of 127.0.0.1 that nobody listens on now.
int free_port();

/// Waits until `condition()` holds, looking again in short steps; false if it does not within
/// `limit`. For conditions that no process can be asked to announce.
template <typename Condition>
bool eventually(Condition condition, std::chrono::seconds limit = std::chrono::seconds(30));

/// One step of eventually().
void pause_briefly();

template <typename Condition>
bool eventually(Condition condition, std::chrono::seconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    pause_briefly();
  }
  return true;
}

}  // namespace hookspool::e2e
