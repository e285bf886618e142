#include "receiver/handler.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/json_string.h"
#include "event/authorization.h"
#include "event/utf8.h"
#include "receiver/page.h"

namespace hookspool::receiver {
namespace {

/// In constant time for texts of one length, so that the time taken tells nothing about where a
/// guess goes wrong. That the length shows is of no use to a guesser of a random token.
bool equal_in_constant_time(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    difference |= static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(right[i]);
  }
  return difference == 0;
}

bool asks_for_validation(const Parameters& parameters) {
  return std::any_of(parameters.begin(), parameters.end(),
                     [](const auto& parameter) { return parameter.first.starts_with("hub."); });
}

const char* missing_parameter(const Parameters& parameters) {
  for (const char* name : {"hub.mode", "hub.verify_token", "hub.challenge"}) {
    const auto found = parameters.find(name);
    if (found == parameters.end() || found->second.empty()) return name;
  }
  return nullptr;
}

/// Empty if it is missing.
std::string value_of(const Parameters& parameters, const char* name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? "" : found->second;
}

Response echo(const std::string& challenge) {
  std::string answer = R"({"hub.challenge":)";
  append_json_string(answer, challenge);
  return {200, "application/json", "", answer.append("}")};
}

}  // namespace

Handler::Handler(Secret verify_token, event::AcceptFilter accept,
                 const spool::PendingAuthorizations& authorizations)
    : verify_token_(std::move(verify_token)),
      accept_(std::move(accept)),
      authorizations_(authorizations) {}

Decision Handler::handle(const Request& request, std::optional<event::SubscriptionId> ours) const {
  if (request.method == "POST") return handle_post(request, ours);
  if (request.method == "GET" || request.method == "HEAD") return handle_get(request);
  Response response = text_response(405, "Only GET, HEAD and POST are understood here.");
  response.extra_headers = "Allow: GET, HEAD, POST\r\n";
  return {response};
}

Decision Handler::handle_get(const Request& request) const {
  const Parameters parameters = parse_query(request.query);
  if (asks_for_validation(parameters)) return {validate(parameters)};
  // Only GET: what merely looks where a link leads must not use it up.
  if (request.method == "GET" && parameters.contains("state")) return authorize(parameters);
  return {
      text_response(200, "A hookspool webhook callback lives here; Strava posts events to it.")};
}

Response Handler::validate(const Parameters& parameters) const {
  if (const char* missing = missing_parameter(parameters)) {
    return text_response(400, std::string(missing) + " is missing.");
  }
  if (parameters.at("hub.mode") != "subscribe") {
    return text_response(400, "hub.mode is not \"subscribe\".");
  }
  if (!equal_in_constant_time(parameters.at("hub.verify_token"), verify_token_.reveal())) {
    return text_response(403, "hub.verify_token is not the one that this receiver expects.");
  }
  const std::string& challenge = parameters.at("hub.challenge");
  if (!event::is_utf8(challenge)) return text_response(400, "hub.challenge is not valid UTF-8.");
  return echo(challenge);
}

/// The athlete's browser comes back from Strava's page.
Decision Handler::authorize(const Parameters& parameters) const {
  event::Authorization authorization;
  authorization.state = parameters.at("state");
  if (!authorizations_.is_pending(authorization.state)) return {authorization_unknown()};
  authorization.code = Secret(value_of(parameters, "code"));
  authorization.scope = value_of(parameters, "scope");
  authorization.error = value_of(parameters, "error");
  if (authorization.code.empty() && authorization.error.empty()) {
    return {text_response(400, "There is neither a code nor an error.")};
  }
  for (const char* name : {"code", "scope", "error"}) {
    if (event::is_utf8(value_of(parameters, name))) continue;
    return {text_response(400, std::string(name) + " is not valid UTF-8.")};
  }
  return {authorization.error.empty() ? authorization_granted() : authorization_refused(),
          event::to_body(authorization)};
}

Decision Handler::handle_post(const Request& request,
                              std::optional<event::SubscriptionId> ours) const {
  if (request.body_too_large) return {text_response(413, "The body is too large for an event.")};
  const auto parsed = event::parse(request.body);
  if (const auto* malformed = std::get_if<event::Malformed>(&parsed)) {
    return {text_response(400, "This is no event: " + malformed->reason + ".")};
  }
  const auto& event = std::get<event::Event>(parsed);
  if (ours && event.subscription_id && event.subscription_id != ours) {
    return {text_response(403, "The event is for another subscription.")};
  }
  // An error for a kind that is not wanted would make Strava repeat it.
  if (!accept_.accepts(event.kind)) return {text_response(200, "Not wanted here.")};
  return {text_response(200, "Kept."), request.body};
}

}  // namespace hookspool::receiver
