#include "fetcher/subject.h"

#include "store/activities.h"

namespace hookspool::fetcher {

Subject subject_of(store::Database& database, const event::Event& event) {
  if (event.kind == event::Kind::kAthleteDeauthorize) {
    // Whatever object a forged one names, it is about one grant.
    return {static_cast<std::int64_t>(event.owner_id), event.owner_id, false};
  }
  const auto owner = store::Activities(database).owner_of(event::ActivityId{event.object_id});
  return {event.object_id, owner.value_or(event.owner_id), owner.has_value()};
}

}  // namespace hookspool::fetcher
