#include "support/simulated_strava.h"

#include <json/reader.h>
#include <json/writer.h>

#include <optional>
#include <sstream>
#include <stdexcept>

#include "strava_sim/http_callback_client.h"
#include "strava_sim/http_library.h"
#include "strava_sim/http_server.h"
#include "strava_sim/simulation.h"

namespace hookspool::test {
namespace {

std::string to_text(const Json::Value& value) {
  return value.isNull() ? "" : Json::writeString(Json::StreamWriterBuilder(), value);
}

Json::Value from_text(const std::string& text) {
  Json::Value value;
  if (!text.empty()) std::istringstream(text) >> value;
  return value;
}

}  // namespace

class SimulatedStrava::Parts {
 public:
  explicit Parts(std::optional<std::chrono::sys_seconds> start)
      : simulation_(strava_sim::Application{kClientId, kClientSecret},
                    start ? strava_sim::SimClock::Mode::kManual : strava_sim::SimClock::Mode::kReal,
                    start, callback_) {}
  ~Parts() { simulation_.deliveries.stop(); }

  std::string url() const { return server_.url(); }
  void set_clock(std::chrono::sys_seconds now) { simulation_.clock.set(now); }

 private:
  strava_sim::HttpCallbackClient callback_;
  strava_sim::Simulation simulation_;
  strava_sim::HttpServer server_{simulation_, strava_sim::ServerOptions{}};
};

SimulatedStrava::SimulatedStrava(std::optional<std::chrono::sys_seconds> start)
    : parts_(std::make_unique<Parts>(start)) {}

void SimulatedStrava::set_clock(std::chrono::sys_seconds now) {
  parts_->set_clock(now);
}

SimulatedStrava::~SimulatedStrava() = default;

std::string SimulatedStrava::url() const {
  return parts_->url();
}

config::StravaConfig SimulatedStrava::application() const {
  config::StravaConfig config;
  config.client_id = kClientId;
  config.client_secret = Secret(kClientSecret);
  config.api_urls = {url() + "/api/v3"};
  config.oauth_url = url() + "/oauth";
  return config;
}

Json::Value SimulatedStrava::control(const std::string& method, const std::string& path,
                                     const Json::Value& body) const {
  httplib::Client client(url());
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.body = to_text(body);
  request.set_header("Content-Type", "application/json");
  const httplib::Result result = client.send(request);
  if (!result || result->status / 100 != 2) {
    throw std::runtime_error(method + " " + path + " failed" +
                             (result ? ": " + result->body : std::string()));
  }
  return from_text(result->body);
}

void SimulatedStrava::set_switch(const std::string& name, const Json::Value& value) const {
  Json::Value body;
  body[name] = value;
  control("PATCH", "/_sim/switches", body);
}

void SimulatedStrava::add_fault(const std::string& path, const std::string& kind, int status,
                                const std::string& method) const {
  Json::Value body;
  body["path_regex"] = path;
  body["kind"] = kind;
  body["method"] = method;
  if (status != 0) body["status"] = status;
  control("POST", "/_sim/faults", body);
}

SimulatedStrava::Authorization SimulatedStrava::add_athlete(std::int64_t id,
                                                            const std::string& scope) const {
  Json::Value body;
  body["id"] = static_cast<Json::Int64>(id);
  body["scope"] = scope;
  const Json::Value made = control("POST", "/_sim/athletes", body);
  return {made["refresh_token"].asString(), made["code"].asString()};
}

std::int64_t SimulatedStrava::add_activity(std::int64_t athlete) const {
  Json::Value body;
  body["athlete_id"] = static_cast<Json::Int64>(athlete);
  body["manual"] = false;
  body["event"] = false;
  return control("POST", "/_sim/activities", body)["id"].asInt64();
}

}  // namespace hookspool::test
