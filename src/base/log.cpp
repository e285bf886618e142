#include "base/log.h"

#include <unistd.h>

#include <string>

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

void write_to_stderr(Level level, std::string_view line) {
  std::string text = "hookspool: ";
  text.append(name_of(level)).append(": ").append(line).push_back('\n');
  // A log that cannot be written must not stop a request.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
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
