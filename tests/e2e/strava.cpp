#include "e2e/strava.h"

#include <httplib.h>
#include <json/reader.h>
#include <json/writer.h>

#include <sstream>
#include <stdexcept>

#include "base/file_content.h"

namespace hookspool::e2e {

Strava::Strava(const std::filesystem::path& directory, const std::filesystem::path& ca_file) {
  const std::filesystem::path port_file = directory / "strava.port";
  std::vector<std::string> command{
      build_directory() / "strava_sim", "--port", "0", "--port-file", port_file, "--client-id",
      std::to_string(kClientId)};
  if (!ca_file.empty()) command.insert(command.end(), {"--ca-file", ca_file});
  process_.emplace(Program(command, directory / "strava.log"));
  if (!eventually([&] { return std::filesystem::exists(port_file); })) {
    throw std::runtime_error("strava_sim does not start");
  }
  port_ = std::stoi(read_file(port_file));
  Json::Value switches;
  switches["event_retry_after_real_ms"] = 300;
  for (const char* limit : {"rate_limit_overall", "rate_limit_read"}) {
    for (int window = 0; window < 2; ++window) switches[limit].append(1'000'000);
  }
  control("PATCH", "/_sim/switches", switches);
}

Json::Value Strava::control(const std::string& method, const std::string& path,
                            const Json::Value& body) const {
  httplib::Client client("127.0.0.1", port_);
  client.set_read_timeout(60);
  httplib::Request request;
  request.method = method;
  request.path = path;
  if (!body.isNull()) {
    request.body = to_text(body);
    request.set_header("Content-Type", "application/json");
  }
  const httplib::Result result = client.send(request);
  if (!result || result->status / 100 != 2) {
    throw std::runtime_error(
        method + " " + path + " was answered " +
        (result ? std::to_string(result->status) + ": " + result->body : "by nobody"));
  }
  return from_text(result->body);
}

std::string Strava::add_athlete() const {
  Json::Value athlete;
  athlete["id"] = Json::Int64{kAthlete};
  return control("POST", "/_sim/athletes", athlete)["refresh_token"].asString();
}

std::int64_t Strava::create_activity(const Json::Value& fields) const {
  Json::Value wish = fields;
  wish["athlete_id"] = Json::Int64{kAthlete};
  return control("POST", "/_sim/activities", wish)["id"].asInt64();
}

void Strava::wait_for_deliveries() const {
  Json::Value patience;
  patience["timeout_seconds"] = 30;
  control("POST", "/_sim/deliveries/wait", patience);
}

std::int64_t Strava::subscription() const {
  return control("GET", "/_sim/subscription")["id"].asInt64();
}

std::string event_body(std::int64_t object_id, const std::string& aspect_type,
                       std::int64_t event_time, std::int64_t subscription_id,
                       const std::string& object_type) {
  Json::Value event;
  event["object_type"] = object_type;
  event["object_id"] = Json::Int64{object_id};
  event["aspect_type"] = aspect_type;
  event["owner_id"] = Json::Int64{Strava::kAthlete};
  event["subscription_id"] = Json::Int64{subscription_id};
  event["event_time"] = Json::Int64{event_time};
  event["updates"] = Json::Value(Json::objectValue);
  return to_text(event);
}

std::string to_text(const Json::Value& value) {
  Json::StreamWriterBuilder builder;
  builder["indentation"] = "";
  return Json::writeString(builder, value);
}

Json::Value from_text(const std::string& text) {
  Json::Value value;
  std::istringstream stream(text);
  if (!text.empty()) stream >> value;
  return value;
}

}  // namespace hookspool::e2e
