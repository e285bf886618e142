#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/descriptor.h"

namespace hookspool::fetcher {

/// How a command ended.
struct CommandEnd {
  enum class How { kExited, kKilled, kTimedOut, kNotStarted };
  How how = How::kExited;
  int code = 0;  ///< the exit code, the signal, or errno
};

/// Runs a program as often as asked, several at once, without waiting for it. Its end is seen by
/// poll(); SIGCHLD, which the process must have blocked, tells when to. If the process was started
/// so that it ignores that signal, it does no longer: the system would wait for its children
/// itself.
class CommandRunner {
 public:
  using Completion = std::function<void(const CommandEnd&)>;

  /// All must outlive this. A command that runs for longer than `timeout` is asked to end by
  /// SIGTERM and, five seconds later, killed, together with all of its process group.
  CommandRunner(const Clock& clock, std::filesystem::path program, std::chrono::seconds timeout);
  CommandRunner(const CommandRunner&) = delete;
  CommandRunner& operator=(const CommandRunner&) = delete;
  /// Kills what still runs.
  ~CommandRunner();

  /// Starts the program with one argument, and `input` as a file at its standard input. Its
  /// standard output goes to our standard error. It is killed should this process die. If the
  /// system refuses what that takes, as it does a process that is out of descriptors, the
  /// completion hears so before this returns.
  void start(const std::string& argument, const std::string& input, Completion completion);

  /// Calls the completions of those that have ended, and ends those whose time is over. One that
  /// throws leaves those after it for the next time.
  void poll();
  std::size_t running() const { return running_.size(); }
  /// When the time of the next one is over.
  std::optional<Timestamp> next_deadline() const;

 private:
  struct Running {
    Timestamp deadline;
    Descriptor refusal;  ///< readable: errno of execv, if it came back
    bool timed_out = false;
    Completion completion;
  };

  const Clock& clock_;
  std::filesystem::path program_;
  std::chrono::seconds timeout_;
  std::map<pid_t, Running> running_;
  std::deque<std::pair<Completion, CommandEnd>> ended_;  ///< whose completion is to be called
};

}  // namespace hookspool::fetcher
