#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "store/authorizations.h"
#include "store/database.h"
#include "strava/oauth_client.h"
#include "strava/outcome.h"

namespace hookspool::fetcher {

/// Trades the authorization codes that came through the spool for tokens, which make a new athlete
/// or give a known one new tokens. A person is waiting, so this waits for neither gate nor jobs;
/// Strava does not count these requests against the rate limit.
class Authorizer {
 public:
  /// All must outlive this. `holder` names this process.
  Authorizer(store::Database& database, strava::OAuthClient& oauth, const Clock& clock,
             std::string holder);
  Authorizer(const Authorizer&) = delete;
  Authorizer& operator=(const Authorizer&) = delete;

  /// Begins the next trade that is due; one at a time, what it brings kept before the next begins.
  /// \throws StoreError  also later, from inside the transport's wait()
  void begin_due();
  bool is_in_progress() const { return *in_progress_; }
  /// From when on begin_due() finds something to do; nothing if none waits, or one is in progress
  /// or left over.
  std::optional<Timestamp> next_due();

  /// Tries again to keep what the store could not take.
  void keep_left_over();
  bool has_left_over() const { return left_over_.has_value(); }
  /// At the end: what the store has not taken and Strava has not answered is given up. False if
  /// there is any: the log says so.
  bool give_up() const;

 private:
  struct LeftOver {
    store::Authorizations::Waiting waiting;
    strava::Tokens tokens;
    std::string why;  ///< the store did not take them; empty until it was asked
  };
  void traded(const store::Authorizations::Waiting& waiting,
              const strava::Result<strava::Tokens>& result);
  void keep(const store::Authorizations::Waiting& waiting, const strava::Tokens& tokens);
  void failed(const store::Authorizations::Waiting& waiting, const strava::Failure& failure);

  store::Database& database_;
  strava::OAuthClient& oauth_;
  const Clock& clock_;
  std::string holder_;
  /// The code is spent: without these the athlete would have to authorize again.
  std::optional<LeftOver> left_over_;
  /// Shared with the callback, which may outlive this in the transport.
  std::shared_ptr<bool> in_progress_ = std::make_shared<bool>(false);
};

}  // namespace hookspool::fetcher
