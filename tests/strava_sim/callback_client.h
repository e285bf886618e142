#pragma once

#include <chrono>
#include <map>
#include <string>

namespace hookspool::strava_sim {

struct CallbackRequest {
  std::string method;  ///< "GET" or "POST"
  std::string url;     ///< http or https, used exactly as given
  std::string body;
  std::multimap<std::string, std::string> headers;
};

/// What came back from a subscriber's server.
struct CallbackAnswer {
  int status = 0;  ///< 0: no answer within the limit
  std::string content_type;
  std::string body;
  std::string error;  ///< why there is no answer
  std::chrono::milliseconds duration{0};
};

/// The way out to the subscriber's callback. Follows no redirects.
class CallbackClient {
 public:
  virtual ~CallbackClient() = default;

  /// Returns when the answer is there or soon after `limit` has passed: an answer that comes later
  /// is none. Thread-safe.
  virtual CallbackAnswer send(const CallbackRequest& request, std::chrono::milliseconds limit) = 0;

  /// Makes every send() under way, and every later one, return at once without an answer.
  virtual void stop() = 0;
};

}  // namespace hookspool::strava_sim
