#pragma once

#include <cstdint>

#include "event/event.h"
#include "store/database.h"

namespace hookspool::fetcher {

/// What a job is about that an event leads to.
struct Subject {
  std::int64_t object_id = 0;
  /// Who is to be asked: the activity's own athlete, if it is stored, since the event may be wrong
  /// about the owner, or forged; else whom the event names.
  event::AthleteId athlete{};
  bool is_stored = false;  ///< it is an activity, and it is stored
};

/// \throws StoreError
Subject subject_of(store::Database& database, const event::Event& event);

}  // namespace hookspool::fetcher
