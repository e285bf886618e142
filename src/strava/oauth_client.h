#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "config/config.h"
#include "event/event.h"
#include "strava/form.h"
#include "strava/http_transport.h"
#include "strava/outcome.h"

namespace hookspool::strava {

/// What the token endpoint gives.
struct Tokens {
  Secret access_token;
  /// Any answer may bring a new one, which makes the old one worthless at once: commit it before
  /// the access token is used.
  Secret refresh_token;
  std::chrono::sys_seconds expires_at{};       ///< of the access token
  std::optional<std::string> scope;            ///< comma-separated; many answers leave it out
  std::optional<event::AthleteId> athlete_id;  ///< with a code only
};

/// Strava's token endpoint. Secrets travel in the form that is posted, never in a URL.
///
/// Every function begins a call and returns; the completion is called from the transport's wait().
class OAuthClient {
 public:
  using Completion = std::function<void(Result<Tokens>)>;

  /// Takes the application's credentials and oauth_url from `config`. `transport` and `clock` must
  /// outlive the client, and the client the calls that it began.
  OAuthClient(HttpTransport& transport, const Clock& clock, const config::StravaConfig& config);
  OAuthClient(const OAuthClient&) = delete;
  OAuthClient& operator=(const OAuthClient&) = delete;

  /// Trades a refresh token for an access token. One at a time for each athlete: two at once can
  /// kill the grant.
  void refresh(const Secret& refresh_token, Completion completion);

  /// Trades an authorization code, which works once and not for long.
  void exchange_code(const Secret& code, Completion completion);

  struct Revoked {};
  using RevokeCompletion = std::function<void(Result<Revoked>)>;
  /// Ends a grant: both tokens are worthless then. Success, too, if they were before. A host that
  /// does not know oauth/revoke (of June 2026) is asked in the older way, by oauth/deauthorize.
  void revoke(const Secret& refresh_token, const Secret& access_token, RevokeCompletion completion);

 private:
  void post(const Form& form, const Secret& known_refresh_token, Completion completion);
  void deauthorize(const Secret& access_token, RevokeCompletion completion);

  HttpTransport& transport_;
  const Clock& clock_;
  std::int64_t client_id_;
  Secret client_secret_;
  std::string oauth_url_;
};

/// Where one of "token", "authorize", "revoke" and "deauthorize" is: `oauth_url` + "/token"; of an
/// oauth_url without a path ("http://127.0.0.1:8080") that is "/oauth/token" on that host.
std::string oauth_endpoint(const std::string& oauth_url, const std::string& name);

}  // namespace hookspool::strava
