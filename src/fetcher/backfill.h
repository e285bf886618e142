#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "event/event.h"
#include "store/database.h"

namespace hookspool::fetcher {

/// What of the history is wanted.
struct BackfillWish {
  std::optional<event::AthleteId> athlete;  ///< of one, or of all
  std::chrono::sys_seconds after{};         ///< activities that started later
  bool details = false;       ///< fetch each activity whole, rather than keep what the list says
  bool with_streams = false;  ///< and its streams; implies `details`
};

/// Begins to list the history, for each athlete who is wanted and can be asked. Where one of the
/// same kind is under way that goes as far back, it goes on instead: "the last 300 days" mean
/// another moment each time. The ids of the listings, one for each of these athletes.
std::vector<std::int64_t> begin_backfill(store::Database& database, const BackfillWish& wish,
                                         Timestamp now);

/// How far the backfills of one athlete have come, all together.
struct BackfillProgress {
  event::AthleteId athlete{};
  std::int64_t listed = 0;   ///< activities in the lists, so far
  std::int64_t waiting = 0;  ///< of these, yet to be fetched
  std::int64_t untried = 0;  ///< of those that wait, what has not failed yet
  std::int64_t calls = 0;    ///< requests that will take
  std::int64_t dead = 0;     ///< given up, by this or by an earlier backfill
  bool is_listed = true;     ///< to the end: no more will come
  bool is_done() const { return is_listed && waiting == 0; }
};

/// Of each athlete whose list goes on or has led to jobs that wait, or to whom one of these
/// listings belongs.
std::vector<BackfillProgress> backfill_progress(store::Database& database,
                                                const std::vector<std::int64_t>& listings = {});

}  // namespace hookspool::fetcher
