#pragma once

#include <cstdint>

#include "event/event.h"
#include "store/database.h"
#include "store/job.h"

namespace hookspool::fetcher {

/// What a job is about that an event leads to.
struct Subject {
  std::int64_t object_id = 0;
  /// Who is to be asked: the activity's own athlete, if it is stored, since the event may be wrong
  /// about the owner, or forged; else whom the event names.
  event::AthleteId athlete{};
  bool is_stored = false;  ///< it is an activity, and it is stored
};

/// Of one that asks for that, on that object, and names that owner. \throws StoreError
Subject subject_of(store::Database& database, store::Wish wish, std::int64_t object_id,
                   event::AthleteId owner);

}  // namespace hookspool::fetcher
