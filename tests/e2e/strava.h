#pragma once

#include <json/value.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "e2e/program.h"

namespace hookspool::e2e {

/// The simulated Strava as a process of its own, with limits that nothing here reaches.
class Strava {
 public:
  static constexpr std::int64_t kAthlete = 134815;
  static constexpr std::int64_t kClientId = 4711;
  static constexpr const char* kClientSecret = "simulated-client-secret";

  /// Keeps its files in `directory`; trusts the certificates in `ca_file`, if it is named, when it
  /// calls back.
  explicit Strava(const std::filesystem::path& directory,
                  const std::filesystem::path& ca_file = {});

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// Asks its control surface. \throws std::runtime_error  unless the answer is a 2xx
  Json::Value control(const std::string& method, const std::string& path,
                      const Json::Value& body = Json::Value()) const;
  /// kAthlete, who has authorized; the refresh token.
  std::string add_athlete() const;
  std::int64_t create_activity(const Json::Value& fields = Json::Value(Json::objectValue)) const;
  /// Until every event was delivered or given up.
  void wait_for_deliveries() const;
  /// The subscription's id.
  std::int64_t subscription() const;

 private:
  int port_ = 0;
  std::optional<Program> process_;
};

/// An event of kAthlete as Strava posts it.
std::string event_body(std::int64_t object_id, const std::string& aspect_type,
                       std::int64_t event_time, std::int64_t subscription_id,
                       const std::string& object_type = "activity");

/// JSON in one line, and back; nothing is made of nothing.
std::string to_text(const Json::Value& value);
Json::Value from_text(const std::string& text);

}  // namespace hookspool::e2e
