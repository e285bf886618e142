#pragma once

#include <json/json.h>

#include <chrono>
#include <deque>
#include <mutex>
#include <string>

#include "strava_sim/http_message.h"

namespace hookspool::strava_sim {

/// Every request to the Strava surface, with tokens and secrets left in: tests look for them.
/// Keeps the newest hundred thousand. Thread-safe.
class RequestLog {
 public:
  void add(const HttpRequest& request, const HttpAnswer& answer, std::chrono::sys_seconds time);
  void clear();

  /// The requests whose path contains `path_part`, oldest first.
  Json::Value to_json(const std::string& path_part) const;

 private:
  struct Entry {
    HttpRequest request;
    int status;
    Transmission transmission;
    std::chrono::sys_seconds time;
  };

  mutable std::mutex mutex_;
  std::deque<Entry> entries_;
};

}  // namespace hookspool::strava_sim
