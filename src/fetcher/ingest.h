#pragma once

#include <cstddef>

#include <string>
#include <vector>

#include "base/clock.h"
#include "event/authorization.h"
#include "spool/pending_authorizations.h"
#include "spool/reader.h"
#include "store/database.h"

namespace hookspool::fetcher {

/// Takes events from the spool into the store, as jobs: one for each object at most, by the rules
/// of fetcher/reduce.h. Takes athletes' answers on Strava's authorization page, too, for the
/// Authorizer.
class Ingest {
 public:
  /// All must outlive this.
  Ingest(spool::Reader& reader, const spool::PendingAuthorizations& authorizations,
         store::Database& database, const Clock& clock);

  struct Summary {
    std::size_t records = 0;      ///< read
    std::size_t events = 0;       ///< of these, not seen before
    std::size_t quarantined = 0;  ///< lines that did not check
  };

  /// Seals what was received until now, and works all sealed segments off. A segment is removed
  /// after the store has committed every record of it; whatever ends this in between costs nothing
  /// but reading again, since record ids that are known change nothing. \throws SystemError,
  /// StoreError
  Summary run();

 private:
  void take(const std::vector<spool::Record>& batch, Summary& summary);
  bool take(const spool::Record& record);
  bool take_event(const spool::Record& record);

  spool::Reader& reader_;
  const spool::PendingAuthorizations& authorizations_;
  store::Database& database_;
  const Clock& clock_;
};

}  // namespace hookspool::fetcher
