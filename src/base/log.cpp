#include "base/log.h"

#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <string>

#include "base/clock.h"

namespace hookspool::log {
namespace {

const char* name_of(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "error";
}

/// The journal, syslog and web servers note the time of what they read.
bool nobody_else_notes_the_time() {
  struct stat log {};
  return ::fstat(STDERR_FILENO, &log) == 0 && S_ISREG(log.st_mode);
}

/// A log that cannot be written, as a pipe that nobody reads, must not stop a request: such lines
/// are lost. Where a pipe has room, it has it for PIPE_BUF bytes, unless another process that
/// writes the same one was faster.
void write_if_there_is_room(std::string_view text) {
  static std::mutex mutex;
  const std::lock_guard guard(mutex);
  pollfd log{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&log, 1, 0) == 0) return;
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

void write_to_stderr(Level level, std::string_view line) {
  std::string text;
  if (nobody_else_notes_the_time()) text = to_rfc3339_seconds(SystemClock().now()) + " ";
  text.append("hookspool: ");
  text.append(name_of(level)).append(": ").append(line);
  text.resize(std::min<std::size_t>(text.size(), PIPE_BUF - 1));
  text.push_back('\n');
  write_if_there_is_room(text);
}

Sink current_sink = write_to_stderr;
Level lowest_level = Level::kInfo;

void log(Level level, std::string_view line) {
  if (level >= lowest_level) current_sink(level, line);
}

}  // namespace

void debug(std::string_view line) {
  log(Level::kDebug, line);
}
void info(std::string_view line) {
  log(Level::kInfo, line);
}
void warning(std::string_view line) {
  log(Level::kWarning, line);
}
void error(std::string_view line) {
  log(Level::kError, line);
}

void set_sink(Sink sink) {
  current_sink = sink;
}
void set_level(Level level) {
  lowest_level = level;
}

}  // namespace hookspool::log
