#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"

namespace hookspool::test {

/// A program that runs beside the test, killed at the end if it still does. Its standard streams
/// are pipes to the test, and it inherits nothing else. For a program that takes its input at once
/// and runs to its end there is run_program().
class ChildProcess {
 public:
  struct Command {
    std::filesystem::path program;
    std::vector<std::string> arguments;
    /// All of it: nothing of the test's own.
    std::map<std::string, std::string> environment;
    /// What is to be the program's descriptor 0, instead of a pipe.
    int standard_input = -1;
  };

  /// \throws std::runtime_error  it cannot be started
  explicit ChildProcess(const Command& command);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  /// Writes to its standard input, which stays open. False if it ended before there was room for
  /// all.
  bool write(std::string_view text);
  void close_input() { input_.reset(); }
  /// Lets it write into the void: its standard output has no reader any more.
  void close_output() { output_.reset(); }
  pid_t pid() const { return pid_; }
  void send_signal(int signal);

  /// What it has written to standard error up to and including `wanted`; wait() brings it again.
  /// \throws std::runtime_error  it has ended, or half a minute has passed, without that text
  std::string read_error_until(std::string_view wanted);

  struct Outcome {
    int exit_code = 0;  ///< 128 + the signal that ended it
    std::string output;
    std::string error;
  };
  /// Waits until the program has ended. One that does not within half a minute is killed, which the
  /// exit code then shows.
  Outcome wait();

 private:
  pid_t pid_ = -1;
  Descriptor input_;
  Descriptor output_;
  Descriptor error_;
  std::string error_text_;
};

}  // namespace hookspool::test
