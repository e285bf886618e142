#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "store/database.h"

namespace hookspool::store {

/// Why nothing is asked of Strava for any athlete, and until when.
struct PauseState {
  enum class Kind {
    kRateLimit,    ///< Strava refused a request for the rate limit
    kApplication,  ///< the application is inactive, or its credentials are wrong
    kOutage,       ///< Strava does not answer, or with errors only
  };
  Kind kind = Kind::kRateLimit;
  std::string reason;  ///< a sentence for a person
  Timestamp since;
  Timestamp until;
  int probes = 0;  ///< requests sent since, to see whether it is over
};

/// "rate_limit", "application", "outage"
const char* name_of(PauseState::Kind kind);

/// The pause that all fetchers on this store keep, over restarts too. It is over only when somebody
/// has seen that Strava answers again: until then one request at a time goes to find out.
class Pause {
 public:
  explicit Pause(Database& database) : database_(database) {}

  /// The pause that has not been ended; past its `until`, a probe may go.
  std::optional<PauseState> find();
  /// Begins one, or extends the one there is: its `since` stays if it is of the same kind. `until`
  /// is never brought forward.
  void set(PauseState::Kind kind, const std::string& reason, Timestamp now, Timestamp until);
  /// A probe goes now: nobody else asks before `until`.
  void begin_probe(Timestamp until);
  /// The one that had until `until` found out that the pause is not over: for how long, set() says
  /// next. As below, it leaves alone what others have set since.
  void end_probe(Timestamp until, Timestamp now);
  /// It asked nothing after all: the next one may go, and this one does not count.
  void take_back_probe(Timestamp until, Timestamp now);
  /// Strava answered as it should.
  void end();

 private:
  Database& database_;
};

}  // namespace hookspool::store
