#include "strava_sim/strava_surface.h"

#include <optional>
#include <string>

#include "strava_sim/api_routes.h"
#include "strava_sim/oauth_routes.h"
#include "strava_sim/strava_errors.h"
#include "strava_sim/subscription_routes.h"

namespace hookspool::strava_sim {

namespace {

bool begins_with(const std::string& text, const std::string& beginning) {
  return text.rfind(beginning, 0) == 0;
}

/// The path below the API's base, or nothing if the switches do not offer that base.
std::optional<std::string> api_path(Simulation& simulation, const std::string& path) {
  const std::lock_guard lock(simulation.mutex);
  const std::string prefix = "/api/v3";
  if (begins_with(path, prefix + "/")) {
    if (!simulation.world.switches.api_with_prefix) return std::nullopt;
    return path.substr(prefix.size());
  }
  if (!simulation.world.switches.api_without_prefix) return std::nullopt;
  return path;
}

HttpAnswer route(Simulation& simulation, const HttpRequest& request) {
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  const std::string& path = request.path;
  if (get && (path == "/oauth/authorize" || path == "/oauth/mobile/authorize")) {
    return answer_authorize(simulation, request);
  }
  if (post && path == "/oauth/token") return answer_token(simulation, request);
  if (post && path == "/oauth/revoke") return answer_revoke(simulation, request);
  if (post && path == "/oauth/deauthorize") return answer_deauthorize(simulation, request);

  const auto below_base = api_path(simulation, path);
  if (!below_base) return path_not_found();
  if (post && *below_base == "/oauth/token") return answer_token(simulation, request);
  const std::string subscriptions = "/push_subscriptions";
  if (*below_base == subscriptions || begins_with(*below_base, subscriptions + "/")) {
    return answer_subscriptions(simulation, request, below_base->substr(subscriptions.size()));
  }
  return answer_api(simulation, request, *below_base);
}

HttpAnswer answer_with_faults(Simulation& simulation, const HttpRequest& request) {
  const auto fault = simulation.faults.take(request);
  if (!fault) return route(simulation, request);
  if (replaces_answer(fault->kind)) return with_fault(*fault, {});
  return with_fault(*fault, route(simulation, request));
}

}  // namespace

HttpAnswer answer_strava(Simulation& simulation, const HttpRequest& request) {
  HttpAnswer answer = answer_with_faults(simulation, request);
  simulation.requests.add(request, answer, simulation.clock.now());
  return answer;
}

}  // namespace hookspool::strava_sim
