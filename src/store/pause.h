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
  /// Begins one, or extends the one in force; `since` of that one stays if the reason is the same.
  void set(const std::string& reason, Timestamp now, Timestamp until);
  void end();

 private:
  Database& database_;
};

}  // namespace hookspool::store
