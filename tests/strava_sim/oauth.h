#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "strava_sim/dice.h"
#include "strava_sim/identifiers.h"
#include "strava_sim/scopes.h"

namespace hookspool::strava_sim {

/// When an answer to a refresh brings a new refresh token.
enum class Rotation {
  kAlways,
  kNever,
  kSometimes  ///< at every second refresh of a grant
};

struct OAuthRules {
  std::chrono::seconds code_lifetime{600};
  std::chrono::seconds access_lifetime{21600};
  Rotation rotation = Rotation::kAlways;
};

/// What the token endpoint hands out.
struct TokenSet {
  AthleteId athlete{};
  Scopes scopes;
  std::string access_token;
  std::string refresh_token;
  std::chrono::sys_seconds expires_at;
};

/// Who stands behind an access token.
struct Bearer {
  AthleteId athlete{};
  Scopes scopes;
};

/// Grants, codes and tokens of the one application, by the rules of
/// https://developers.strava.com/docs/authentication/. Takes the time, never asks for it.
class OAuth {
 public:
  explicit OAuth(std::uint64_t seed) : dice_(seed) {}

  /// A code that can be exchanged once until its lifetime is over.
  std::string issue_code(AthleteId athlete, const Scopes& scopes, std::chrono::sys_seconds now,
                         const OAuthRules& rules);

  /// Whose code it is, without using it up.
  std::optional<AthleteId> owner_of_code(const std::string& code) const;

  /// Connects `athlete` without a code, as if one had been exchanged.
  TokenSet connect(AthleteId athlete, const Scopes& scopes, std::chrono::sys_seconds now,
                   const OAuthRules& rules);

  /// Nothing if the code is unknown, used or expired.
  std::optional<TokenSet> exchange(const std::string& code, std::chrono::sys_seconds now,
                                   const OAuthRules& rules);

  /// More than an hour left: the same access token. Less: a new one, and the old one stays valid
  /// until it expires. A rotated refresh token is dead at once. Nothing if it is dead or unknown.
  std::optional<TokenSet> refresh(const std::string& refresh_token, std::chrono::sys_seconds now,
                                  const OAuthRules& rules);

  /// Nothing if the token is unknown, revoked or expired.
  std::optional<Bearer> bearer(const std::string& access_token, std::chrono::sys_seconds now) const;

  /// Ends the grant that `token`, of either kind, belongs to, and tells whose it was.
  std::optional<AthleteId> revoke_token(const std::string& token);

  /// Whether there was a grant to end.
  bool revoke(AthleteId athlete);

  /// The scopes granted by a connected athlete.
  std::optional<Scopes> granted(AthleteId athlete) const;

  /// The tokens of a connected athlete as they are now.
  std::optional<TokenSet> current(AthleteId athlete) const;

  std::size_t connected_athletes() const { return grants_.size(); }

 private:
  struct AccessToken {
    std::string text;
    std::chrono::sys_seconds expires_at;
  };
  struct Grant {
    Scopes scopes;
    std::string refresh_token;
    std::vector<AccessToken> access_tokens;  ///< the newest last; expired ones are dropped
    int refreshes = 0;
  };
  struct Code {
    AthleteId athlete{};
    Scopes scopes;
    std::chrono::sys_seconds expires_at;
  };

  std::string new_token() { return dice_.hex(40); }
  void renew_access(AthleteId athlete, Grant& grant, std::chrono::sys_seconds now,
                    const OAuthRules& rules);
  static TokenSet token_set(AthleteId athlete, const Grant& grant);

  Dice dice_;
  std::map<AthleteId, Grant> grants_;
  std::map<std::string, Code> codes_;
  std::map<std::string, AthleteId> by_access_token_;
  std::map<std::string, AthleteId> by_refresh_token_;
};

}  // namespace hookspool::strava_sim
