#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "event/event.h"
#include "store/athletes.h"
#include "store/database.h"
#include "strava/oauth_client.h"
#include "strava/outcome.h"

namespace hookspool::fetcher {

/// Hands out access tokens, refreshing them when they are about to end.
///
/// One refresh at a time for each athlete, over all processes, since two at once can kill the
/// grant; whoever asks meanwhile in this process gets its outcome. The refresh token that an answer
/// brings is committed before the access token is handed out: if we were killed in between, the old
/// one would be dead already.
class TokenKeeper {
 public:
  using Completion = std::function<void(strava::Result<Secret>)>;

  /// All must outlive this. `holder` names this process.
  TokenKeeper(store::Database& database, strava::OAuthClient& oauth, const Clock& clock,
              std::string holder);
  TokenKeeper(const TokenKeeper&) = delete;
  TokenKeeper& operator=(const TokenKeeper&) = delete;

  /// Calls `completion` with a token that lasts for some minutes, at once or later. An athlete who
  /// is not in the store is a failure of kind kStopAthlete.
  void access_token(event::AthleteId athlete, Completion completion);

  /// As above, but never with `rejected`, which Strava did not accept; an empty one forces a
  /// refresh.
  void fresh_token(event::AthleteId athlete, const Secret& rejected, Completion completion);

 private:
  void refresh(const store::Athlete& athlete, Completion completion);
  void refreshed(event::AthleteId athlete, const strava::Result<strava::Tokens>& result);
  strava::Result<Secret> commit(event::AthleteId athlete, const strava::Tokens& tokens);
  void commit_left_over(event::AthleteId athlete);

  store::Database& database_;
  strava::OAuthClient& oauth_;
  const Clock& clock_;
  std::string holder_;
  std::map<event::AthleteId, std::vector<Completion>> waiting_;
  /// Tokens that Strava gave and the store could not take; without them the grant would be lost.
  std::map<event::AthleteId, strava::Tokens> uncommitted_;
};

}  // namespace hookspool::fetcher
