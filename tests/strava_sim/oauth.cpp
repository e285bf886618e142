#include "strava_sim/oauth.h"

namespace hookspool::strava_sim {

using std::chrono::sys_seconds;

namespace {

/// https://developers.strava.com/docs/authentication/#refreshing-expired-access-tokens
constexpr std::chrono::seconds kRenewalMargin{3600};

}  // namespace

TokenSet OAuth::token_set(AthleteId athlete, const Grant& grant) {
  const AccessToken& access = grant.access_tokens.back();
  return {athlete, grant.scopes, access.text, grant.refresh_token, access.expires_at};
}

void OAuth::renew_access(AthleteId athlete, Grant& grant, sys_seconds now,
                         const OAuthRules& rules) {
  auto& tokens = grant.access_tokens;
  std::erase_if(tokens, [&](const AccessToken& token) {
    if (token.expires_at > now) return false;
    by_access_token_.erase(token.text);
    return true;
  });
  if (!tokens.empty() && tokens.back().expires_at - now > kRenewalMargin) return;
  tokens.push_back({new_token(), now + rules.access_lifetime});
  by_access_token_[tokens.back().text] = athlete;
}

std::string OAuth::issue_code(AthleteId athlete, const Scopes& scopes, sys_seconds now,
                              const OAuthRules& rules) {
  std::string code = new_token();
  codes_[code] = {athlete, scopes, now + rules.code_lifetime};
  return code;
}

std::optional<AthleteId> OAuth::owner_of_code(const std::string& code) const {
  const auto found = codes_.find(code);
  if (found == codes_.end()) return std::nullopt;
  return found->second.athlete;
}

TokenSet OAuth::connect(AthleteId athlete, const Scopes& scopes, sys_seconds now,
                        const OAuthRules& rules) {
  Grant& grant = grants_[athlete];
  grant.scopes = scopes;
  if (grant.refresh_token.empty()) {
    grant.refresh_token = new_token();
    by_refresh_token_[grant.refresh_token] = athlete;
  }
  renew_access(athlete, grant, now, rules);
  return token_set(athlete, grant);
}

std::optional<TokenSet> OAuth::exchange(const std::string& code, sys_seconds now,
                                        const OAuthRules& rules) {
  const auto found = codes_.find(code);
  if (found == codes_.end()) return std::nullopt;
  const Code issued = found->second;
  codes_.erase(found);
  if (issued.expires_at <= now) return std::nullopt;
  return connect(issued.athlete, issued.scopes, now, rules);
}

std::optional<TokenSet> OAuth::refresh(const std::string& refresh_token, sys_seconds now,
                                       const OAuthRules& rules) {
  const auto found = by_refresh_token_.find(refresh_token);
  if (found == by_refresh_token_.end()) return std::nullopt;
  const AthleteId athlete = found->second;
  Grant& grant = grants_.at(athlete);
  ++grant.refreshes;

  const bool rotate = rules.rotation == Rotation::kAlways ||
                      (rules.rotation == Rotation::kSometimes && grant.refreshes % 2 == 0);
  if (rotate) {
    by_refresh_token_.erase(found);
    grant.refresh_token = new_token();
    by_refresh_token_[grant.refresh_token] = athlete;
  }
  renew_access(athlete, grant, now, rules);
  return token_set(athlete, grant);
}

std::optional<Bearer> OAuth::bearer(const std::string& access_token, sys_seconds now) const {
  const auto found = by_access_token_.find(access_token);
  if (found == by_access_token_.end()) return std::nullopt;
  const Grant& grant = grants_.at(found->second);
  for (const AccessToken& token : grant.access_tokens) {
    if (token.text == access_token && token.expires_at > now) {
      return Bearer{found->second, grant.scopes};
    }
  }
  return std::nullopt;
}

std::optional<AthleteId> OAuth::revoke_token(const std::string& token) {
  const auto access = by_access_token_.find(token);
  const auto refresh = by_refresh_token_.find(token);
  AthleteId athlete{};
  if (access != by_access_token_.end()) {
    athlete = access->second;
  } else if (refresh != by_refresh_token_.end()) {
    athlete = refresh->second;
  } else {
    return std::nullopt;
  }
  revoke(athlete);
  return athlete;
}

bool OAuth::revoke(AthleteId athlete) {
  const auto found = grants_.find(athlete);
  if (found == grants_.end()) return false;
  for (const AccessToken& token : found->second.access_tokens) by_access_token_.erase(token.text);
  by_refresh_token_.erase(found->second.refresh_token);
  std::erase_if(codes_, [&](const auto& entry) { return entry.second.athlete == athlete; });
  grants_.erase(found);
  return true;
}

std::optional<Scopes> OAuth::granted(AthleteId athlete) const {
  const auto found = grants_.find(athlete);
  if (found == grants_.end()) return std::nullopt;
  return found->second.scopes;
}

std::optional<TokenSet> OAuth::current(AthleteId athlete) const {
  const auto found = grants_.find(athlete);
  if (found == grants_.end()) return std::nullopt;
  return token_set(athlete, found->second);
}

}  // namespace hookspool::strava_sim
