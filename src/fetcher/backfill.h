#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

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

/// Begins to list the history, for each athlete who is wanted and can be asked; where the same is
/// under way it goes on instead. How many athletes that is.
std::size_t begin_backfill(store::Database& database, const BackfillWish& wish, Timestamp now);

/// How far the backfills have come, all together.
struct BackfillProgress {
  std::int64_t listed = 0;    ///< activities in the lists that go on, or ended since then
  std::int64_t to_fetch = 0;  ///< jobs for single activities that wait
  bool is_done = false;       ///< nothing waits that could go on
};
BackfillProgress backfill_progress(store::Database& database, Timestamp since);

}  // namespace hookspool::fetcher
