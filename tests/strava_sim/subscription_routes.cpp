#include "strava_sim/subscription_routes.h"

#include "strava_sim/json_text.h"
#include "strava_sim/strava_errors.h"
#include "strava_sim/url.h"
#include "strava_sim/validation.h"

namespace hookspool::strava_sim {

namespace {

constexpr std::size_t kLongestCallbackUrl = 255;

/// The parameters, also from a JSON body, which these calls understand besides forms.
std::multimap<std::string, std::string> all_parameters(const HttpRequest& request) {
  auto parameters = request.parameters;
  if (request.header("content-type").rfind("application/json", 0) != 0) return parameters;
  const auto json = parse_json(request.body);
  if (!json || !json->isObject()) return parameters;
  for (const std::string& name : json->getMemberNames()) {
    const Json::Value& value = (*json)[name];
    if (value.isConvertibleTo(Json::stringValue)) parameters.emplace(name, value.asString());
  }
  return parameters;
}

HttpAnswer refuse_callback(const std::string& code) {
  return bad_request("PushSubscription", "callback url", code);
}

HttpAnswer refuse_existing(const Switches& switches) {
  return refuse_callback(switches.existing_subscription_code == ExistingCode::kAlreadyExists
                             ? "already exists"
                             : "not verifiable");
}

HttpAnswer created(const Subscription& subscription, const Switches& switches) {
  HttpAnswer answer;
  if (switches.subscription_created_answer == CreatedAnswer::kIdOnly) {
    Json::Value json = empty_object();
    json["id"] = Json::Int64(subscription.id);
    answer.body = to_text(json);
    return answer;
  }
  answer.status = 201;
  answer.body = to_text(subscription.to_json(true));
  return answer;
}

/// Calls the subscriber back, without the mutex: the subscriber may ask us something meanwhile.
HttpAnswer create(Simulation& simulation, const HttpRequest& request) {
  std::unique_lock lock(simulation.mutex);
  World& world = simulation.world;
  const std::string callback_url = request.parameter("callback_url").value_or("");
  const auto verify_token = request.parameter("verify_token");
  if (callback_url.empty() || !parse_url(callback_url)) return refuse_callback("invalid");
  if (callback_url.size() > kLongestCallbackUrl) return refuse_callback("too long");
  if (!verify_token) return bad_request("PushSubscription", "verify token", "missing");
  if (world.subscription) return refuse_existing(world.switches);

  const std::string challenge =
      world.dice.hex(static_cast<std::size_t>(world.switches.validation_challenge_digits));
  CallbackRequest validation;
  validation.method = "GET";
  validation.url =
      validation_url(callback_url, *verify_token, challenge, world.switches, world.dice);
  const std::chrono::milliseconds limit(world.switches.event_timeout_ms);
  lock.unlock();
  const CallbackAnswer echo = simulation.callback.send(validation, limit);
  lock.lock();

  switch (judge(echo, challenge)) {
    case Validation::kNotOk:
      return refuse_callback("GET to callback URL does not return 200");
    case Validation::kNotVerifiable:
      return refuse_callback("not verifiable");
    case Validation::kVerified:
      break;
  }
  if (world.subscription) return refuse_existing(world.switches);
  world.last_subscription_id += world.dice.between(1, 50);
  world.subscription = Subscription{world.last_subscription_id, simulation.application.client_id,
                                    callback_url, simulation.clock.now()};
  return created(*world.subscription, world.switches);
}

HttpAnswer list(Simulation& simulation) {
  const std::lock_guard lock(simulation.mutex);
  Json::Value subscriptions = empty_array();
  if (simulation.world.subscription) {
    subscriptions.append(simulation.world.subscription->to_json(false));
  }
  HttpAnswer answer;
  answer.body = to_text(subscriptions);
  return answer;
}

HttpAnswer remove(Simulation& simulation, const std::string& id) {
  const std::lock_guard lock(simulation.mutex);
  const auto& subscription = simulation.world.subscription;
  if (!subscription || std::to_string(subscription->id) != id) {
    return refusal(404, "Resource Not Found", "PushSubscription", "id", "not found");
  }
  simulation.end_subscription();
  HttpAnswer answer;
  answer.status = 204;
  answer.content_type.clear();
  return answer;
}

/// The refusal that applies to every call, if one does.
std::optional<HttpAnswer> refuse_client(Simulation& simulation, const HttpRequest& request) {
  const std::lock_guard lock(simulation.mutex);
  const Switches& switches = simulation.world.switches;
  const bool known =
      request.parameter("client_id") == std::to_string(simulation.application.client_id) &&
      request.parameter("client_secret") == simulation.application.client_secret;
  if (!known) {
    return refusal(switches.bad_credentials_status,
                   switches.bad_credentials_status == 403 ? "Forbidden" : "Authorization Error",
                   "Application", "", "invalid");
  }
  if (switches.app_inactive) return application_inactive();
  return std::nullopt;
}

HttpAnswer route(Simulation& simulation, const HttpRequest& request, const std::string& rest) {
  if (rest.empty() && request.method == "POST") return create(simulation, request);
  if (rest.empty() && request.method == "GET") return list(simulation);
  if (rest.size() > 1 && request.method == "DELETE") return remove(simulation, rest.substr(1));
  return path_not_found();
}

}  // namespace

HttpAnswer answer_subscriptions(Simulation& simulation, const HttpRequest& request,
                                const std::string& rest) {
  HttpRequest understood = request;
  understood.parameters = all_parameters(request);
  const auto refused = refuse_client(simulation, understood);
  HttpAnswer answer = refused ? *refused : route(simulation, understood, rest);

  const std::lock_guard lock(simulation.mutex);
  const Switches& switches = simulation.world.switches;
  if (switches.subscription_rate_headers == SubscriptionRateHeaders::kZero) {
    // So it was recorded in 2018: the limits, and a usage of zero whatever was used elsewhere.
    answer.headers.emplace_back("X-RateLimit-Limit",
                                std::to_string(switches.rate_limit_overall.quarter_hour) + "," +
                                    std::to_string(switches.rate_limit_overall.day));
    answer.headers.emplace_back("X-RateLimit-Usage", "0,0");
  }
  return answer;
}

}  // namespace hookspool::strava_sim
