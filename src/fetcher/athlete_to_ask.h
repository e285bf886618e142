#pragma once

#include "event/event.h"
#include "store/database.h"

namespace hookspool::fetcher {

/// Of which athlete Strava is asked about what an event tells of: the activity's own, if it is
/// stored, since the event may be wrong about the owner, or forged; else whom the event names.
/// \throws StoreError
event::AthleteId athlete_to_ask(store::Database& database, const event::Event& event);

}  // namespace hookspool::fetcher
