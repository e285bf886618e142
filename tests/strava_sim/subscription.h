#pragma once

#include <json/json.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace hookspool::strava_sim {

/// The application's one subscription.
struct Subscription {
  std::int64_t id = 0;
  std::int64_t application = 0;
  std::string callback_url;  ///< exactly as given
  std::chrono::sys_seconds created;

  /// As Strava shows it. Creation showed nine digits of a second, the list none.
  Json::Value to_json(bool with_fraction) const;
};

}  // namespace hookspool::strava_sim
