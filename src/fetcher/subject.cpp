#include "fetcher/subject.h"

#include "store/activities.h"

namespace hookspool::fetcher {

Subject subject_of(store::Database& database, store::Wish wish, std::int64_t object_id,
                   event::AthleteId owner) {
  if (wish == store::Wish::kDeauthorize) {
    // Whatever object a forged one names, it is about one grant.
    return {static_cast<std::int64_t>(owner), owner, false};
  }
  const auto known = store::Activities(database).owner_of(event::ActivityId{object_id});
  return {object_id, known.value_or(owner), known.has_value()};
}

}  // namespace hookspool::fetcher
