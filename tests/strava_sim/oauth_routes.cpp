#include "strava_sim/oauth_routes.h"

#include <openssl/evp.h>

#include <vector>

#include "strava_sim/json_text.h"
#include "strava_sim/strava_errors.h"
#include "strava_sim/url.h"

namespace hookspool::strava_sim {

namespace {

HttpAnswer json_answer(const Json::Value& body) {
  HttpAnswer answer;
  answer.body = to_text(body);
  return answer;
}

bool is_client(const Simulation& simulation, const HttpRequest& request) {
  return request.parameter("client_id") == std::to_string(simulation.application.client_id);
}

bool ends_with_domain(const std::string& host, const std::string& domain) {
  if (host == domain) return true;
  return host.size() > domain.size() &&
         host.compare(host.size() - domain.size() - 1, std::string::npos, "." + domain) == 0;
}

bool may_redirect_to(const std::string& redirect_uri, const Switches& switches) {
  const auto url = parse_url(redirect_uri);
  if (!url) return false;
  return url->host == "localhost" || url->host == "127.0.0.1" ||
         ends_with_domain(url->host, switches.oauth_callback_domain);
}

HttpAnswer redirect(const std::string& redirect_uri, const std::string& parameters) {
  HttpAnswer answer;
  answer.status = 302;
  answer.content_type.clear();
  answer.headers.emplace_back("Location", with_parameters(redirect_uri, parameters));
  return answer;
}

HttpAnswer capacity_page() {
  HttpAnswer answer;
  answer.status = 403;
  answer.content_type = "text/html; charset=utf-8";
  answer.body =
      "<!DOCTYPE html><html><body><h1>403</h1>"
      "<p>Limit of connected athletes exceeded</p></body></html>";
  return answer;
}

/// The athlete who sits at the browser. Somebody always does.
AthleteId athlete_at_browser(World& world) {
  constexpr AthleteId kSomebody{227'615};
  AthleteId athlete{world.switches.oauth_authorize_as};
  if (number(athlete) == 0) athlete = world.athletes.first().value_or(kSomebody);
  if (!world.athletes.has(athlete)) world.athletes.put(athlete, empty_object());
  return athlete;
}

bool is_full(const World& world, AthleteId athlete) {
  const auto capacity = static_cast<std::size_t>(world.switches.oauth_capacity);
  return capacity != 0 && world.oauth.connected_athletes() >= capacity &&
         !world.oauth.granted(athlete);
}

Json::Value token_answer(const TokenSet& tokens, std::chrono::sys_seconds now,
                         const Switches& switches) {
  Json::Value json = empty_object();
  json["token_type"] = "Bearer";
  json["access_token"] = tokens.access_token;
  json["expires_at"] = Json::Int64(tokens.expires_at.time_since_epoch().count());
  json["expires_in"] = Json::Int64((tokens.expires_at - now).count());
  json["refresh_token"] = tokens.refresh_token;
  if (switches.oauth_scope_in_answer) json["scope"] = tokens.scopes.text();
  return json;
}

HttpAnswer answer_code(Simulation& simulation, const HttpRequest& request) {
  World& world = simulation.world;
  const auto now = simulation.clock.now();
  const std::string code = request.parameter("code").value_or("");
  const auto owner = world.oauth.owner_of_code(code);
  if (owner && is_full(world, *owner)) {
    return refusal(403, "Limit of connected athletes exceeded", "Application", "athletes",
                   "limit exceeded");
  }
  const auto tokens = world.oauth.exchange(code, now, world.switches.oauth_rules());
  if (!tokens) {
    const bool old_form = world.switches.oauth_code_error == CodeErrorForm::kRequestToken;
    return bad_request(old_form ? "RequestToken" : "AuthorizationCode", "code", "invalid");
  }
  Json::Value json = token_answer(*tokens, now, world.switches);
  json["athlete"] = world.athletes.summary(tokens->athlete);
  return json_answer(json);
}

HttpAnswer answer_refresh(Simulation& simulation, const HttpRequest& request) {
  World& world = simulation.world;
  const auto now = simulation.clock.now();
  const auto tokens = world.oauth.refresh(request.parameter("refresh_token").value_or(""), now,
                                          world.switches.oauth_rules());
  if (!tokens) {
    const bool code = world.switches.oauth_refresh_error_field == RefreshErrorField::kCode;
    return bad_request("RefreshToken", code ? "code" : "refresh_token", "invalid");
  }
  return json_answer(token_answer(*tokens, now, world.switches));
}

std::string base64(const std::string& text) {
  std::vector<unsigned char> encoded(4 * ((text.size() + 2) / 3) + 1);
  const int length =
      EVP_EncodeBlock(encoded.data(), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  return std::string(encoded.begin(), encoded.begin() + length);
}

}  // namespace

std::string access_token_of(const HttpRequest& request, const Switches& switches) {
  const std::string header = request.header("authorization");
  if (header.rfind("Bearer ", 0) == 0) return header.substr(7);
  if (switches.tokens_only_in_header) return "";
  return request.parameter("access_token").value_or("");
}

HttpAnswer answer_authorize(Simulation& simulation, const HttpRequest& request) {
  const std::lock_guard lock(simulation.mutex);
  World& world = simulation.world;
  const Switches& switches = world.switches;
  const std::string redirect_uri = request.parameter("redirect_uri").value_or("");
  const Scopes asked(request.parameter("scope").value_or(""));
  if (!is_client(simulation, request)) return bad_request("Application", "client_id", "invalid");
  if (!may_redirect_to(redirect_uri, switches)) {
    return bad_request("Application", "redirect_uri", "invalid");
  }
  if (request.parameter("response_type") != "code") {
    return bad_request("Authorize", "response_type", "invalid");
  }
  if (asked.empty() || !asked.all_known()) return bad_request("Authorize", "scope", "invalid");

  const std::string state = "state=" + percent_encode(request.parameter("state").value_or(""));
  const AthleteId athlete = athlete_at_browser(world);
  if (switches.oauth_authorize_answer == AuthorizeAnswer::kDenied) {
    return redirect(redirect_uri, state + "&error=access_denied");
  }
  if (switches.oauth_authorize_answer == AuthorizeAnswer::kCapacityPage ||
      is_full(world, athlete)) {
    return capacity_page();
  }
  const Scopes granted = switches.oauth_granted_scope.empty()
                             ? asked
                             : asked.in_common_with(Scopes(switches.oauth_granted_scope));
  const std::string code =
      world.oauth.issue_code(athlete, granted, simulation.clock.now(), switches.oauth_rules());
  return redirect(redirect_uri,
                  state + "&code=" + code + "&scope=" + percent_encode(granted.text(), ",:"));
}

HttpAnswer answer_token(Simulation& simulation, const HttpRequest& request) {
  const std::lock_guard lock(simulation.mutex);
  if (!is_client(simulation, request)) return bad_request("Application", "client_id", "invalid");
  if (request.parameter("client_secret") != simulation.application.client_secret) {
    return refusal(401, "Authorization Error", "Application", "", "invalid");
  }
  const std::string grant_type = request.parameter("grant_type").value_or("");
  if (grant_type == "authorization_code") return answer_code(simulation, request);
  if (grant_type == "refresh_token") return answer_refresh(simulation, request);
  return bad_request("Application", "client_id", "invalid");
}

HttpAnswer answer_revoke(Simulation& simulation, const HttpRequest& request) {
  const std::lock_guard lock(simulation.mutex);
  World& world = simulation.world;
  if (world.switches.oauth_revoke_answer == RevokeAnswer::kUnavailable) return unexplained(503);
  const std::string credentials =
      std::to_string(simulation.application.client_id) + ":" + simulation.application.client_secret;
  if (request.header("authorization") != "Basic " + base64(credentials)) {
    HttpAnswer answer;
    answer.status = 401;
    answer.body = R"({"message":"Authorization Error","errors":[]})";
    return answer;
  }
  const std::string token = request.parameter("token").value_or("");
  if (token.empty()) return bad_request("Application", "token", "missing");

  const auto athlete = world.oauth.revoke_token(token);
  if (athlete && world.switches.own_revoke_sends_event) {
    simulation.fire(deauthorized_event(*athlete, simulation.clock.now()));
  }
  HttpAnswer nothing;
  nothing.content_type.clear();
  return nothing;
}

HttpAnswer answer_deauthorize(Simulation& simulation, const HttpRequest& request) {
  const std::lock_guard lock(simulation.mutex);
  World& world = simulation.world;
  if (world.switches.deauthorize_retired) return path_not_found();
  const std::string token = access_token_of(request, world.switches);
  const auto bearer = world.oauth.bearer(token, simulation.clock.now());
  if (!bearer) return bad_access_token();
  simulation.deauthorize(bearer->athlete, world.switches.own_revoke_sends_event);
  Json::Value json = empty_object();
  json["access_token"] = token;
  return json_answer(json);
}

}  // namespace hookspool::strava_sim
