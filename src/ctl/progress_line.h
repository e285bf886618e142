#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace hookspool::ctl {

/// How far something has come.
struct Progress {
  std::int64_t done = 0;
  std::int64_t total = 0;                    ///< never below `done`
  bool is_total_known = true;                ///< else it is going to grow
  std::optional<std::chrono::seconds> left;  ///< how long it will go on; nothing if unknown
  std::string waits;                         ///< "waits until 22:30 UTC (rate limit)", or empty

  /// "340 of 5000", "340 of at least 5000", "340 so far"; with `of_what` behind the last number.
  std::string counts(const std::string& of_what = "") const;
};

/// How far something has come, shown on standard error: on a terminal as one line that is
/// overwritten, elsewhere as a line every so often, and when it first has to wait.
class ProgressLine {
 public:
  /// `is_terminal`: of standard error.
  ProgressLine(const Clock& clock, bool is_terminal);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  /// Ends the line.
  ~ProgressLine();

  /// Whether show() would show something now.
  bool is_due() const;
  /// Shows it if the last time is long enough ago.
  void show(const Progress& progress);
  /// Shows it: this is the last.
  void finish(const Progress& progress);

  /// "340 of 5000; waits until 22:30 UTC (rate limit); 100/min, 4 days left". Pure.
  static std::string text(const Progress& progress, std::optional<double> per_minute);
  /// The same behind a bar, which is as long as there is room for it. Pure.
  static std::string line(const Progress& progress, std::optional<double> per_minute,
                          std::size_t columns);

 private:
  void print(const Progress& progress);

  const Clock& clock_;
  bool is_terminal_;
  Timestamp begun_;
  Timestamp last_shown_;
  std::optional<std::int64_t> done_before_;  ///< when it was first shown
  bool has_waited_ = false;
  bool is_line_open_ = false;
};

}  // namespace hookspool::ctl
