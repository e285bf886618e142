#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.h"

namespace hookspool::ctl {

/// How far something has come, shown on standard error: on a terminal as one line that is
/// overwritten, elsewhere as a line every so often.
class ProgressLine {
 public:
  /// `is_terminal`: of standard error.
  ProgressLine(const Clock& clock, bool is_terminal);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  /// Ends the line.
  ~ProgressLine();

  /// `total` is never below `done`, and may grow. `waits_for` is a clause, or empty.
  void show(std::int64_t done, std::int64_t total, const std::string& waits_for);

  /// What show() shows: "340 of 5000, 100/min, 46 min left; waits for …". Pure.
  static std::string text(std::int64_t done, std::int64_t total, std::chrono::seconds elapsed,
                          const std::string& waits_for);

 private:
  const Clock& clock_;
  bool is_terminal_;
  Timestamp begun_;
  Timestamp last_shown_;
  std::string last_text_;
};

}  // namespace hookspool::ctl
