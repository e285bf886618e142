#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ctl/context.h"
#include "ctl/progress_line.h"
#include "fetcher/process.h"

namespace hookspool::ctl {

/// Works everything off that is due, as hookspool-fetcher does, until the backfills are done, and
/// shows on standard error how far it is and what it waits for.
class BackfillRun {
 public:
  /// `context` must outlive it. `listings` are those that begin_backfill() began or found.
  BackfillRun(Context& context, const std::vector<std::int64_t>& listings);

  /// False if it was interrupted.
  bool run();

  /// Activities of the lists that are here, or were given up.
  Progress progress();
  /// Jobs that were given up meanwhile.
  std::int64_t given_up();

 private:
  struct Total;
  Total total();
  bool goes_on();
  bool look();
  void note_speed(const Progress& now);
  std::optional<std::chrono::seconds> left(const Total& now, const Progress& progress);
  std::string waits();
  std::string why_all_failed();

  Context& context_;
  std::vector<std::int64_t> listings_;
  std::int64_t dead_before_;
  fetcher::Process process_;
  ProgressLine progress_;
  bool has_waited_ = false;
  std::optional<Timestamp> last_look_;
  std::int64_t last_done_ = 0;
  std::chrono::microseconds busy_{0};
  std::int64_t done_while_busy_ = 0;
};

}  // namespace hookspool::ctl
