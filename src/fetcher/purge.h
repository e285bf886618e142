#pragma once

#include "event/event.h"
#include "fetcher/changes.h"
#include "store/database.h"

namespace hookspool::fetcher {

/// Deletes everything that is stored of the athlete, and keeps word of it for the consumers, in one
/// transaction. What they were still to be told stays, since it happened.
void purge_athlete(store::Database& database, Changes& changes, event::AthleteId athlete);

}  // namespace hookspool::fetcher
