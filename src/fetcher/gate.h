#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "store/database.h"
#include "strava/rate_limits.h"

namespace hookspool::fetcher {

/// Whether Strava may be asked anything. Closed for every process on this store, over restarts too,
/// while the rate limit is used up, the application is inactive or its credentials are wrong.
class Gate {
 public:
  /// Both must outlive this.
  Gate(store::Database& database, const Clock& clock);

  /// Until when it is closed; nothing if it is open.
  std::optional<Timestamp> closed_until();

  /// Closes it. `reason` is a sentence for a person.
  void close(const std::string& reason, Timestamp until);

  /// To be told what each answer of Strava says: with the allowance used up it closes until the
  /// window turns, rather than have the next request meet a 429.
  void heed(const strava::RateLimits& limits);

  /// Keeps what was heeded last for everybody who wants to know: to be called where something is
  /// written anyway, so that it costs no commit of its own.
  void record();

  /// To be told when Strava answered as it should: what closed the gate before is over.
  void passed();

 private:
  void record(const char* counter, const std::optional<strava::RateLimit>& limit);

  store::Database& database_;
  const Clock& clock_;
  strava::RateLimits heeded_;
  Timestamp heeded_at_;
};

}  // namespace hookspool::fetcher
