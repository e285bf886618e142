#include "strava_sim/control_routes.h"

#include <charconv>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "strava_sim/activity_json.h"
#include "strava_sim/json_text.h"
#include "strava_sim/local_time.h"
#include "strava_sim/streams.h"
#include "strava_sim/track.h"

namespace hookspool::strava_sim {

namespace {

/// A refusal with a status of its own.
struct Refused : std::runtime_error {
  Refused(int refused_status, const std::string& why)
      : std::runtime_error(why), status(refused_status) {}
  int status;
};

HttpAnswer json_answer(const Json::Value& body, int status = 200) {
  HttpAnswer answer;
  answer.status = status;
  answer.content_type = "application/json";
  answer.body = to_text(body) + "\n";
  return answer;
}

HttpAnswer nothing() {
  HttpAnswer answer;
  answer.status = 204;
  answer.content_type.clear();
  return answer;
}

/// What a handler gets to work with.
struct Control {
  Simulation& simulation;
  const HttpRequest& request;
  std::int64_t id;   ///< the number in the path, if it has one
  Json::Value body;  ///< an empty object if there is none

  std::int64_t integer(const char* name) const {
    if (!body[name].isInt64()) throw Refused(400, std::string(name) + " must be an integer");
    return body[name].asInt64();
  }
};

// Athletes

Json::Value tokens_json(Simulation& simulation, AthleteId athlete) {
  Json::Value json = empty_object();
  json["id"] = Json::Int64(number(athlete));
  const auto tokens = simulation.world.oauth.current(athlete);
  json["authorized"] = tokens.has_value();
  if (!tokens) return json;
  json["scope"] = tokens->scopes.text();
  json["refresh_token"] = tokens->refresh_token;
  json["access_token"] = tokens->access_token;
  json["expires_at"] = Json::Int64(tokens->expires_at.time_since_epoch().count());
  return json;
}

HttpAnswer create_athlete(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  World& world = control.simulation.world;
  const AthleteId athlete{control.integer("id")};
  const Scopes scopes(control.body.get("scope", "read,activity:read,activity:read_all").asString());
  const bool authorized = control.body.get("authorized", true).asBool();
  Json::Value fields = control.body;
  for (const char* name : {"id", "scope", "authorized"}) fields.removeMember(name);
  world.athletes.put(athlete, fields);

  const auto now = control.simulation.clock.now();
  const OAuthRules rules = world.switches.oauth_rules();
  if (authorized) world.oauth.connect(athlete, scopes, now, rules);
  Json::Value json = tokens_json(control.simulation, athlete);
  json["code"] = world.oauth.issue_code(athlete, scopes, now, rules);
  return json_answer(json, 201);
}

HttpAnswer list_athletes(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  Json::Value list = empty_array();
  for (const auto& [athlete, fields] : control.simulation.world.athletes.all()) {
    list.append(tokens_json(control.simulation, athlete));
  }
  return json_answer(list);
}

HttpAnswer show_athlete(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  const AthleteId athlete{control.id};
  if (!control.simulation.world.athletes.has(athlete)) throw Refused(404, "no such athlete");
  return json_answer(tokens_json(control.simulation, athlete));
}

HttpAnswer revoke_athlete(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  const bool send_event = control.body.get("event", true).asBool();
  if (!control.simulation.deauthorize(AthleteId{control.id}, send_event)) {
    throw Refused(409, "the athlete has not authorized the application");
  }
  return nothing();
}

// Activities

HttpAnswer create_activities(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  Simulation& simulation = control.simulation;
  const ActivityWish wish = activity_wish(control.body);
  if (!simulation.world.athletes.has(AthleteId{control.integer("athlete_id")})) {
    throw Refused(404, "no such athlete");
  }
  const bool send_event = control.body.get("event", true).asBool();
  if (!control.body.isMember("count")) {
    const auto activity = simulation.create_activity(wish, send_event);
    if (!activity) throw Refused(409, "there is an activity of that id");
    return json_answer(detailed_activity(*activity, simulation.world.switches.data_form, true),
                       201);
  }
  if (wish.id) throw Refused(400, "id and count exclude each other");
  // One a day, newest first, so that lists have something to sort and to filter.
  ActivityWish next = wish;
  Json::Value json = empty_object();
  json["ids"] = empty_array();
  for (std::int64_t made = 0; made < control.integer("count"); ++made) {
    const auto activity = simulation.create_activity(next, send_event);
    json["ids"].append(Json::Int64(number(activity->id)));
    next.start = activity->start - std::chrono::days(1);
  }
  return json_answer(json, 201);
}

HttpAnswer list_activities(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  Json::Value list = empty_array();
  for (const auto& [id, activity] : control.simulation.world.activities.all()) {
    Json::Value json = empty_object();
    json["id"] = Json::Int64(number(id));
    json["athlete_id"] = Json::Int64(number(activity.athlete));
    json["name"] = activity.name;
    json["sport_type"] = activity.sport_type;
    json["visibility"] = visibility_name(activity.visibility);
    json["start_date"] = iso8601(activity.start);
    list.append(json);
  }
  return json_answer(list);
}

HttpAnswer show_activity(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  const auto activity = control.simulation.world.activities.find(ActivityId{control.id});
  if (!activity) throw Refused(404, "no such activity");
  const DataForm form = control.simulation.world.switches.data_form;
  return json_answer(detailed_activity(*activity, form, true));
}

/// What an archive that asked for those keys is to have; an empty object if there is nothing.
HttpAnswer show_streams(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  const auto activity = control.simulation.world.activities.find(ActivityId{control.id});
  if (!activity) throw Refused(404, "no such activity");
  if (activity->manual) return json_answer(empty_object());
  StreamQuery query;
  query.key_by_type = true;
  query.nulls = control.simulation.world.switches.streams_nulls;
  std::istringstream keys(control.request.parameter("keys").value_or(""));
  for (std::string key; std::getline(keys, key, ',');) query.keys.push_back(key);
  return json_answer(streams_of(track_of(*activity), query));
}

HttpAnswer change_activity(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  const auto activity =
      control.simulation.change_activity(ActivityId{control.id}, activity_wish(control.body),
                                         control.body.get("event", true).asBool());
  if (!activity) throw Refused(404, "no such activity");
  return json_answer(
      detailed_activity(*activity, control.simulation.world.switches.data_form, true));
}

HttpAnswer delete_activity(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  const bool send_event = control.request.parameter("event") != "false";
  if (!control.simulation.delete_activity(ActivityId{control.id}, send_event)) {
    throw Refused(404, "no such activity");
  }
  return nothing();
}

// Events and deliveries

bool is_hand_made(const Json::Value& body) {
  return body.isMember("body") || body.isMember("raw");
}

DeliveryOrder hand_made_event(const Control& control) {
  DeliveryOrder order;
  order.url = control.simulation.world.subscription->callback_url;
  order.attempts_allowed = 1;
  order.is_signed = false;
  order.headers.emplace("Content-Type", "application/json");
  if (!is_hand_made(control.body)) {
    order.body = control.request.body;
    return order;
  }
  const Json::Value& raw = control.body["raw"];
  order.body = raw.isString() ? raw.asString() : to_text(control.body["body"]);
  order.attempts_allowed = control.body.get("attempts", 1).asInt();
  order.is_signed = control.body.get("signed", false).asBool();
  const Json::Value& headers = control.body["headers"];
  if (headers.isMember("Content-Type")) order.headers.clear();
  for (const std::string& name : headers.getMemberNames()) {
    order.headers.emplace(name, headers[name].asString());
  }
  return order;
}

HttpAnswer send_events(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  if (!control.simulation.world.subscription) throw Refused(409, "there is no subscription");
  const DeliveryOrder order = hand_made_event(control);
  const int times = is_hand_made(control.body) ? control.body.get("times", 1).asInt() : 1;
  Json::Value json = empty_object();
  json["delivery_ids"] = empty_array();
  for (int sent = 0; sent < times; ++sent) {
    json["delivery_ids"].append(Json::Int64(control.simulation.deliveries.add(order)));
  }
  return json_answer(json, 202);
}

HttpAnswer list_deliveries(const Control& control) {
  return json_answer(
      control.simulation.deliveries.to_json(control.request.parameter("state").value_or("")));
}

HttpAnswer count_deliveries(const Control& control) {
  return json_answer(control.simulation.deliveries.counts());
}

HttpAnswer clear_deliveries(const Control& control) {
  control.simulation.deliveries.clear();
  return nothing();
}

HttpAnswer wait_for_deliveries(const Control& control) {
  const double timeout = control.body.get("timeout_seconds", 30).asDouble();
  const bool settled = control.simulation.deliveries.wait_until_settled(
      std::chrono::milliseconds(static_cast<std::int64_t>(timeout * 1000)));
  return json_answer(control.simulation.deliveries.counts(), settled ? 200 : 504);
}

// Subscription

HttpAnswer show_subscription(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  const auto& subscription = control.simulation.world.subscription;
  return json_answer(subscription ? subscription->to_json(false) : Json::Value());
}

HttpAnswer install_subscription(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  World& world = control.simulation.world;
  const std::string callback_url = control.body.get("callback_url", "").asString();
  if (callback_url.empty()) throw Refused(400, "callback_url is missing");
  const std::int64_t id =
      control.body.isMember("id") ? control.integer("id") : ++world.last_subscription_id;
  world.subscription = Subscription{id, control.simulation.application.client_id, callback_url,
                                    control.simulation.clock.now()};
  return json_answer(world.subscription->to_json(false), 201);
}

HttpAnswer remove_subscription(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  control.simulation.end_subscription();
  return nothing();
}

// Requests, faults, switches, clock

HttpAnswer list_requests(const Control& control) {
  return json_answer(
      control.simulation.requests.to_json(control.request.parameter("path").value_or("")));
}

HttpAnswer clear_requests(const Control& control) {
  control.simulation.requests.clear();
  return nothing();
}

HttpAnswer list_faults(const Control& control) {
  return json_answer(control.simulation.faults.to_json());
}

HttpAnswer add_fault(const Control& control) {
  control.simulation.faults.add(control.body);
  return json_answer(control.simulation.faults.to_json(), 201);
}

HttpAnswer clear_faults(const Control& control) {
  control.simulation.faults.clear();
  return nothing();
}

HttpAnswer show_switches(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  return json_answer(control.simulation.world.switches.to_json());
}

HttpAnswer change_switches(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  control.simulation.apply_switches(control.body);
  return json_answer(control.simulation.world.switches.to_json());
}

HttpAnswer show_clock(const Control& control) {
  const auto now = control.simulation.clock.now();
  Json::Value json = empty_object();
  json["now"] = Json::Int64(now.time_since_epoch().count());
  json["iso"] = iso8601(now);
  json["mode"] = control.simulation.clock.mode() == SimClock::Mode::kManual ? "manual" : "real";
  return json_answer(json);
}

HttpAnswer move_clock(const Control& control) {
  SimClock& clock = control.simulation.clock;
  if (control.body.isMember("set")) {
    clock.set(std::chrono::sys_seconds(std::chrono::seconds(control.integer("set"))));
  } else {
    clock.advance(std::chrono::seconds(control.integer("advance_seconds")));
  }
  return show_clock(control);
}

HttpAnswer show_rate_limits(const Control& control) {
  const std::lock_guard lock(control.simulation.mutex);
  const RateLimits& limits = control.simulation.world.rate_limits;
  Json::Value json = empty_object();
  const std::pair<const char*, RateFigures> usages[] = {{"overall", limits.overall_usage()},
                                                        {"read", limits.read_usage()}};
  for (const auto& [name, usage] : usages) {
    json[name].append(usage.quarter_hour);
    json[name].append(usage.day);
  }
  return json_answer(json);
}

struct Route {
  const char* method;
  const char* path;  ///< "#" stands for a number
  HttpAnswer (*handler)(const Control&);
};

constexpr Route kRoutes[] = {
    {"GET", "/_sim/athletes", list_athletes},
    {"POST", "/_sim/athletes", create_athlete},
    {"GET", "/_sim/athletes/#", show_athlete},
    {"POST", "/_sim/athletes/#/revoke", revoke_athlete},
    {"GET", "/_sim/activities", list_activities},
    {"POST", "/_sim/activities", create_activities},
    {"GET", "/_sim/activities/#", show_activity},
    {"GET", "/_sim/activities/#/streams", show_streams},
    {"PATCH", "/_sim/activities/#", change_activity},
    {"DELETE", "/_sim/activities/#", delete_activity},
    {"POST", "/_sim/events", send_events},
    {"GET", "/_sim/deliveries", list_deliveries},
    {"DELETE", "/_sim/deliveries", clear_deliveries},
    {"GET", "/_sim/deliveries/counts", count_deliveries},
    {"POST", "/_sim/deliveries/wait", wait_for_deliveries},
    {"GET", "/_sim/subscription", show_subscription},
    {"POST", "/_sim/subscription", install_subscription},
    {"DELETE", "/_sim/subscription", remove_subscription},
    {"GET", "/_sim/requests", list_requests},
    {"DELETE", "/_sim/requests", clear_requests},
    {"GET", "/_sim/faults", list_faults},
    {"POST", "/_sim/faults", add_fault},
    {"DELETE", "/_sim/faults", clear_faults},
    {"GET", "/_sim/switches", show_switches},
    {"PATCH", "/_sim/switches", change_switches},
    {"GET", "/_sim/clock", show_clock},
    {"POST", "/_sim/clock", move_clock},
    {"GET", "/_sim/rate_limits", show_rate_limits},
};

/// `path` with its number, if it has one, replaced by "#".
std::pair<std::string, std::int64_t> pattern_of(const std::string& path) {
  const std::size_t digits = path.find_first_of("0123456789");
  if (digits == std::string::npos) return {path, 0};
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(path.data() + digits, path.data() + path.size(), id);
  if (error != std::errc()) return {path, 0};
  return {path.substr(0, digits) + "#" + std::string(end, path.data() + path.size()), id};
}

HttpAnswer error_answer(int status, const std::string& why) {
  Json::Value json = empty_object();
  json["error"] = why;
  return json_answer(json, status);
}

Json::Value body_of(const HttpRequest& request) {
  // A hand-made event may be anything; the others are JSON.
  if (request.body.empty()) return empty_object();
  const auto json = parse_json(request.body);
  if (json && json->isObject()) return *json;
  if (request.path == "/_sim/events") return empty_object();
  throw Refused(400, "the body must be a JSON object");
}

}  // namespace

HttpAnswer answer_control(Simulation& simulation, const HttpRequest& request) {
  const auto [pattern, id] = pattern_of(request.path);
  for (const Route& route : kRoutes) {
    if (request.method != route.method || pattern != route.path) continue;
    try {
      return route.handler({simulation, request, id, body_of(request)});
    } catch (const Refused& refused) {
      return error_answer(refused.status, refused.what());
    } catch (const std::invalid_argument& wrong) {
      return error_answer(400, wrong.what());
    } catch (const Json::Exception& wrong) {
      return error_answer(400, wrong.what());
    }
  }
  return error_answer(404, "no such control; README.md of the simulated Strava lists them");
}

}  // namespace hookspool::strava_sim
