#pragma once

#include <json/value.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "config/config.h"

namespace hookspool::test {

/// The simulated Strava, served over HTTP by this process on a free port. Its control surface is
/// described in tests/strava_sim/README.md.
class SimulatedStrava {
 public:
  /// Its clock runs with real time; or shows `start`, and stands still until it is set.
  explicit SimulatedStrava(std::optional<std::chrono::sys_seconds> start = std::nullopt);
  SimulatedStrava(const SimulatedStrava&) = delete;
  SimulatedStrava& operator=(const SimulatedStrava&) = delete;
  ~SimulatedStrava();

  static constexpr std::int64_t kClientId = 4711;
  static constexpr const char* kClientSecret = "simulated-client-secret";
  static constexpr const char* kFullScope = "activity:read,activity:read_all,read";

  /// "http://127.0.0.1:40123"
  std::string url() const;
  /// The right credentials, and the URLs of this server.
  config::StravaConfig application() const;

  void set_clock(std::chrono::sys_seconds now);

  /// Asks the control surface below /_sim/.
  /// \throws std::runtime_error  it did not answer with a 2xx
  Json::Value control(const std::string& method, const std::string& path,
                      const Json::Value& body = Json::Value()) const;

  void set_switch(const std::string& name, const Json::Value& value) const;
  /// Something that goes wrong with the next request to `path`, a regular expression, by any method
  /// or the given one.
  void add_fault(const std::string& path, const std::string& kind, int status = 0,
                 const std::string& method = "") const;
  struct Authorization {
    std::string refresh_token;
    std::string code;  ///< not yet used
  };
  /// A new athlete who authorized the application.
  Authorization add_athlete(std::int64_t id, const std::string& scope = kFullScope) const;
  /// A new recorded activity, of which no event is sent; its id.
  std::int64_t add_activity(std::int64_t athlete) const;

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace hookspool::test
