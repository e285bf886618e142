#include "fetcher/purge.h"

#include "store/athletes.h"

namespace hookspool::fetcher {

void purge_athlete(store::Database& database, Changes& changes, event::AthleteId athlete) {
  store::Transaction transaction(database);
  store::Athletes(database).purge(athlete);
  changes.deauthorized(athlete);
  transaction.commit();
}

}  // namespace hookspool::fetcher
