#include "fetcher/athlete_to_ask.h"

#include "store/activities.h"

namespace hookspool::fetcher {

event::AthleteId athlete_to_ask(store::Database& database, const event::Event& event) {
  if (event.kind == event::Kind::kAthleteDeauthorize) return event.owner_id;
  const auto owner = store::Activities(database).owner_of(event::ActivityId{event.object_id});
  return owner.value_or(event.owner_id);
}

}  // namespace hookspool::fetcher
