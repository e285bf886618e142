#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
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
/// grant; whoever asks meanwhile in this process gets its outcome. Where an answer brings another
/// refresh token, it is committed before the access token is handed out: if we were killed in
/// between, the old one would be dead already.
class TokenKeeper {
 public:
  /// There is no token at the moment, of which Strava is not the cause: another process is
  /// refreshing it, the store does not take the new one, the athlete was authorized anew meanwhile,
  /// or this process is about to end. Ask again at `look_again`.
  struct NotYet {
    Timestamp look_again;
  };
  using Outcome = std::variant<Secret, strava::Failure, NotYet>;
  using Completion = std::function<void(const Outcome&)>;

  /// All must outlive this. `holder` names this process.
  TokenKeeper(store::Database& database, strava::OAuthClient& oauth, const Clock& clock,
              std::string holder);
  TokenKeeper(const TokenKeeper&) = delete;
  TokenKeeper& operator=(const TokenKeeper&) = delete;

  /// Whether somebody was put off just now because another process is refreshing.
  bool awaits_other() const;

  /// Tries again to keep what the store could not take, until it refuses again.
  void keep_left_over();
  bool has_left_over() const { return !uncommitted_.empty(); }

  /// Whoever waits for a token now does not get it: why it is wanted could not be stored. To be
  /// told at the next end_withdrawn(), by a failure of kind kNotAsked; so are those who wait behind
  /// one whose completion threw.
  void withdraw();
  /// \throws StoreError  as a completion does; those after it are told the next time
  void end_withdrawn();
  /// Instead, at the end: their jobs are left to the next process.
  void drop_withdrawn() { withdrawn_.clear(); }

  // For the end: no token is handed out any more, and none is lost.

  /// Whoever waits for a token is not called, and whoever asks for one has to ask the next process.
  void close();
  /// Whether Strava may be rotating a token just now.
  bool is_refreshing() const { return !refreshes_.empty(); }
  /// What the store has not taken and Strava has not answered is given up. False if there is any:
  /// the log says who has to authorize again, and why.
  bool give_up() const;

  // Each calls `completion`, at once or from inside the transport's wait(). An athlete who is not
  // in the store is a failure of kind kStopAthlete. Each throws StoreError, and has not called it
  // then, nor will, unless it was the completion that threw.

  /// With an access token that lasts for some minutes.
  void access_token(event::AthleteId athlete, Completion completion);
  /// With another one than `rejected`, which Strava did not accept.
  void replace_token(event::AthleteId athlete, const Secret& rejected, Completion completion);
  /// With a token that Strava gave just now: so the grant is alive. A failure of kind kStopAthlete
  /// says that Strava refused the athlete's refresh token by name: so it is dead.
  void verify_grant(event::AthleteId athlete, Completion completion);

 private:
  /// Whether the token that is stored will do.
  using Suits = std::function<bool(const store::Athlete&)>;

  struct Refresh {
    Secret used;  ///< the refresh token that was sent
    std::vector<Completion> waiting;
  };
  struct Uncommitted {
    Secret used;
    strava::Tokens tokens;
    std::string why;  ///< the store did not take them
  };

  void hand_out(event::AthleteId athlete, const Suits& suits, Completion completion);
  void refresh(event::AthleteId athlete, const Suits& suits, Completion completion);
  void refreshed(event::AthleteId athlete, const strava::Result<strava::Tokens>& result);
  Outcome outcome_of(event::AthleteId athlete, const Secret& used,
                     const strava::Result<strava::Tokens>& result);
  Outcome commit(event::AthleteId athlete, const Secret& used, const strava::Tokens& tokens);
  bool commit_left_over(event::AthleteId athlete);
  void end_lease(event::AthleteId athlete);

  store::Database& database_;
  strava::OAuthClient& oauth_;
  const Clock& clock_;
  std::string holder_;
  std::map<event::AthleteId, Refresh> refreshes_;
  /// Rotated tokens that the store could not take; without them the grant would be lost. The lease
  /// is kept for as long as it lasts, lest another process uses the old ones.
  std::map<event::AthleteId, Uncommitted> uncommitted_;
  std::deque<Completion> withdrawn_;
  Timestamp awaits_other_until_;
  bool closed_ = false;
};

}  // namespace hookspool::fetcher
