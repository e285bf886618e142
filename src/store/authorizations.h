#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "event/authorization.h"
#include "event/event.h"
#include "store/database.h"

namespace hookspool::store {

/// The answers that athletes gave on Strava's authorization page: codes that wait to be traded for
/// tokens, and what came of it, for whoever began the authorization to read. Kept for a day.
class Authorizations {
 public:
  explicit Authorizations(Database& database) : database_(database) {}

  /// Keeps an answer, due at once; a refusal has ended already. Nothing changes if one with this
  /// state is known: a state is good for one answer. Forgets those of more than a day ago.
  void add(const event::Authorization& authorization, Timestamp received);

  /// A code to be traded.
  struct Waiting {
    std::string state;
    Secret code;
    std::string scope;  ///< as Strava's redirect said it was granted
    Timestamp received;
  };
  /// Leases one that is due to `holder`, the longest due first.
  std::optional<Waiting> claim(const std::string& holder, Timestamp now, Timestamp lease_until);
  /// Tries again at `due`. Ends the lease.
  void postpone(const std::string& state, Timestamp due);
  /// The moment at which the next one can be claimed; nothing if none waits.
  std::optional<Timestamp> next_due();

  /// How an authorization ended: with an athlete, or a sentence that says why not.
  struct Outcome {
    std::optional<event::AthleteId> athlete;
    std::string complaint;
  };
  /// Wipes the code.
  void end(const std::string& state, const Outcome& outcome);
  /// Nothing as long as it is unknown or waits.
  std::optional<Outcome> outcome(const std::string& state);

 private:
  Database& database_;
};

}  // namespace hookspool::store
