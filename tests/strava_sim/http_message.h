#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hookspool::strava_sim {

/// A request as the routes see it. They know nothing of the HTTP library.
struct HttpRequest {
  std::string method;
  std::string path;   ///< decoded, without the query
  std::string query;  ///< as received, without the question mark
  std::string body;
  std::map<std::string, std::string> headers;  ///< names in lower case

  /// Query, urlencoded form and multipart form together, as Strava takes them.
  std::multimap<std::string, std::string> parameters;

  /// The first value of that name, or nothing.
  std::optional<std::string> parameter(const std::string& name) const {
    const auto found = parameters.find(name);
    if (found == parameters.end()) return std::nullopt;
    return found->second;
  }

  /// The value, or "". `name` in lower case.
  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

/// How an answer travels, so that clients meet broken connections too.
enum class Transmission {
  kWhole,
  kTrickled,   ///< the body in small pieces, spread over `delay`
  kCutBefore,  ///< after `delay` the connection ends without a byte
  kCutWithin,  ///< the connection ends after half of the body
};

struct HttpAnswer {
  int status = 200;
  std::string body;
  std::string content_type = "application/json; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  Transmission transmission = Transmission::kWhole;
  std::chrono::milliseconds delay{0};  ///< before the answer; for kTrickled, of the body
};

}  // namespace hookspool::strava_sim
