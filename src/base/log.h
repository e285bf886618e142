#pragma once

#include <string_view>

namespace hookspool::log {

enum class Level { kDebug, kInfo, kWarning, kError };

/// Takes one finished line without its newline. Called from any thread.
using Sink = void (*)(Level level, std::string_view line);

/// Writes one line for the person who reads the log: a sentence, then key=value pairs where they
/// help. Never a secret. Thread-safe; a line is never mixed with another.
///
/// Without a sink lines go to stderr with the level in front, and the time where that is a file, in
/// a single write(): all that the receiver needs. The fetcher and hookspoolctl install spdlog
/// (logging/spdlog_sink.h).
void debug(std::string_view line);
void info(std::string_view line);
void warning(std::string_view line);
void error(std::string_view line);

/// Replaces where lines go. Call it before there is a second thread.
void set_sink(Sink sink);

/// Lines below `level` are dropped; the default is kInfo. Call it before there is a second thread.
void set_level(Level level);

}  // namespace hookspool::log
