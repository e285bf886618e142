#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "store/database.h"

namespace hookspool::store {

/// Why nothing is asked of Strava for any athlete, and until when.
struct PauseState {
  std::string reason;  ///< a sentence for a person
  Timestamp since;
  Timestamp until;
};

/// The pause that all fetchers on this store keep, over restarts too: the rate limit is spent, the
/// application is inactive, or its credentials are wrong.
class Pause {
 public:
  explicit Pause(Database& database) : database_(database) {}

  /// The pause in force at `now`, if any.
  std::optional<PauseState> current(Timestamp now);
  /// Begins one, or extends the one there is, also one that is over and not forgotten: its `since`
  /// stays if the reason is the same.
  void set(const std::string& reason, Timestamp now, Timestamp until);
  /// Forgets a pause that is over at `now`, so that the next one begins anew.
  void forget_past(Timestamp now);

 private:
  Database& database_;
};

}  // namespace hookspool::store
