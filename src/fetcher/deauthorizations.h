#pragma once

#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "fetcher/archive.h"
#include "fetcher/calls.h"
#include "fetcher/endings.h"
#include "fetcher/errand.h"
#include "fetcher/gate.h"
#include "fetcher/token_keeper.h"
#include "store/database.h"
#include "strava/api_client.h"

namespace hookspool::fetcher {

/// The errands to find out whether an athlete took the authorization back, as an event said, and to
/// carry that out. Nothing is deleted before Strava has refused both of the athlete's tokens.
class Deauthorizations {
 public:
  /// What it works with; all must outlive it.
  struct Parts {
    store::Database& database;
    strava::ApiClient& api;
    TokenKeeper& tokens;
    Gate& gate;
    Archive& archive;
    const Clock& clock;
    Calls& calls;
    Endings& endings;
  };

  /// `holder` names this process.
  Deauthorizations(const Parts& parts, std::string holder);
  Deauthorizations(const Deauthorizations&) = delete;
  Deauthorizations& operator=(const Deauthorizations&) = delete;

  void begin(const ErrandInHand& errand);

 private:
  /// What Strava said when it refused a refresh token.
  struct Refusal {
    Secret refresh_token;
    std::string words;
  };

  void refused_grant(const ErrandInHand& errand, const Refusal& refusal);
  void purge_athlete(const ErrandInHand& errand, const Refusal& refusal);
  void keep_athlete(const ErrandInHand& errand);
  void stop_suspected_athlete(const ErrandInHand& errand, const Refusal& refusal);
  template <typename Work>
  bool conclude_unless_changed(const ErrandInHand& errand, const Refusal& refusal, Work work);

  Parts parts_;
  std::string holder_;
};

}  // namespace hookspool::fetcher
