#pragma once

#include <string>

namespace hookspool::receiver {

/// A request as FastCGI or CGI delivered it, as far as the answer depends on it.
struct Request {
  std::string method;     ///< REQUEST_METHOD
  std::string query;      ///< QUERY_STRING, still encoded
  std::string signature;  ///< HTTP_X_STRAVA_SIGNATURE, or empty
  std::string body;       ///< at most max_body bytes
  /// There was more than max_body; `body` is then of no use.
  bool body_too_large = false;
};

}  // namespace hookspool::receiver
