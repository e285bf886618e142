#include "strava/oauth_client.h"

#include <json/value.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "strava/classification.h"
#include "strava/form.h"
#include "strava/http_status.h"
#include "strava/json_body.h"

namespace hookspool::strava {
namespace {

/// Assumed where an answer does not say it: with this little left Strava gives a new token anyway.
constexpr std::chrono::hours kAssumedLifetime{1};

/// The end of the year 9999. What lies far behind it is out of the range of Timestamp.
constexpr std::int64_t kLatestExpiry = 253'402'300'799;

/// By our clock, which is what it will be compared with: if that is wrong by more than a token
/// lives, one by Strava's would be refreshed before each call.
std::chrono::sys_seconds expiry(const Json::Value& root, Timestamp now) {
  const auto this_second = std::chrono::floor<std::chrono::seconds>(now);
  if (const auto in = positive_integer(root["expires_in"])) {
    const std::int64_t most = kLatestExpiry - this_second.time_since_epoch().count();
    return this_second + std::chrono::seconds(std::min(*in, most));
  }
  const auto at = positive_integer(root["expires_at"]);
  if (!at) return this_second + kAssumedLifetime;
  return std::chrono::sys_seconds(std::chrono::seconds(std::min(*at, kLatestExpiry)));
}

std::optional<event::AthleteId> athlete_id(const Json::Value& root) {
  const Json::Value& athlete = root["athlete"];
  const auto id = athlete.isObject() ? positive_integer(athlete["id"]) : std::nullopt;
  if (!id) return std::nullopt;
  return event::AthleteId{*id};
}

/// Liberal: an answer may hold the only copy of a rotated refresh token, and to reject it for a
/// missing expires_at would lose the grant. By RFC 6749 one without a refresh token keeps the old.
Result<Tokens> read_tokens(const HttpResponse& response, const Secret& known_refresh_token,
                           Timestamp now) {
  const auto root = parse_json(response.body);
  if (!root || !root->isObject()) return unusable_answer(response, "it is not a JSON object");
  Tokens tokens;
  tokens.access_token = Secret(string_member(*root, "access_token").value_or(""));
  tokens.refresh_token = Secret(string_member(*root, "refresh_token").value_or(""));
  if (tokens.refresh_token.empty()) tokens.refresh_token = known_refresh_token;
  if (tokens.refresh_token.empty()) return unusable_answer(response, "it has no refresh_token");
  if (tokens.access_token.empty()) return unusable_answer(response, "it has no access_token");
  tokens.expires_at = expiry(*root, now);
  tokens.scope = string_member(*root, "scope");
  tokens.athlete_id = athlete_id(*root);
  return tokens;
}

}  // namespace

OAuthClient::OAuthClient(HttpTransport& transport, const Clock& clock,
                         const config::StravaConfig& config)
    : transport_(transport),
      clock_(clock),
      client_id_(config.client_id),
      client_secret_(config.client_secret),
      oauth_url_(config.oauth_url) {}

void OAuthClient::refresh(const Secret& refresh_token, Completion completion) {
  Form form;
  form.add("client_id", std::to_string(client_id_))
      .add("client_secret", client_secret_)
      .add("grant_type", "refresh_token")
      .add("refresh_token", refresh_token);
  post(form, refresh_token, std::move(completion));
}

void OAuthClient::exchange_code(const Secret& code, Completion completion) {
  Form form;
  form.add("client_id", std::to_string(client_id_))
      .add("client_secret", client_secret_)
      .add("grant_type", "authorization_code")
      .add("code", code);
  post(form, Secret(), std::move(completion));
}

void OAuthClient::post(const Form& form, const Secret& known_refresh_token, Completion completion) {
  HttpRequest request =
      request_with_form(HttpMethod::kPost, oauth_endpoint(oauth_url_, "token"), form);
  transport_.start(std::move(request), [this, known_refresh_token,
                                        completion = std::move(completion)](HttpResult result) {
    if (const auto* failure = std::get_if<TransportFailure>(&result)) {
      return completion(no_answer(*failure));
    }
    const auto& response = std::get<HttpResponse>(result);
    if (response.status != http_status::kOk)
      return completion(classify_token_error(response, clock_.now()));
    completion(read_tokens(response, known_refresh_token, clock_.now()));
  });
}

void OAuthClient::revoke(const Secret& refresh_token, const Secret& access_token,
                         RevokeCompletion completion) {
  Form form;
  form.add("token", refresh_token).add("token_type_hint", "refresh_token");
  HttpRequest request =
      request_with_form(HttpMethod::kPost, oauth_endpoint(oauth_url_, "revoke"), form);
  request.basic_credentials = Secret(std::to_string(client_id_) + ":" + client_secret_.reveal());
  transport_.start(std::move(request),
                   [this, access_token, completion = std::move(completion)](HttpResult result) {
                     if (const auto* failure = std::get_if<TransportFailure>(&result)) {
                       return completion(no_answer(*failure));
                     }
                     const auto& response = std::get<HttpResponse>(result);
                     if (response.status == http_status::kOk) return completion(Revoked());
                     if (response.status == http_status::kNotFound)
                       return deauthorize(access_token, completion);
                     completion(classify_token_error(response, clock_.now()));
                   });
}

void OAuthClient::deauthorize(const Secret& access_token, RevokeCompletion completion) {
  HttpRequest request =
      request_with_form(HttpMethod::kPost, oauth_endpoint(oauth_url_, "deauthorize"), Form());
  request.bearer_token = access_token;
  transport_.start(std::move(request),
                   [this, completion = std::move(completion)](HttpResult result) {
                     if (const auto* failure = std::get_if<TransportFailure>(&result)) {
                       return completion(no_answer(*failure));
                     }
                     const auto& response = std::get<HttpResponse>(result);
                     if (response.status == http_status::kOk) return completion(Revoked());
                     completion(classify_api_error(response, clock_.now()));
                   });
}

std::string oauth_endpoint(const std::string& oauth_url, const std::string& name) {
  const std::size_t authority = oauth_url.find("://") + 3;
  const bool has_path = oauth_url.find('/', authority) != std::string::npos;
  return oauth_url + (has_path ? "/" : "/oauth/") + name;
}

}  // namespace hookspool::strava
