#pragma once

#include <optional>
#include <string>

namespace hookspool::strava_sim {

struct Url {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< without the port
  std::string origin;  ///< "https://example.org:8443"
  std::string target;  ///< path and query as given, at least "/"
};

/// Nothing if it is no http or https URL with a host.
std::optional<Url> parse_url(const std::string& text);

/// Percent-encodes everything but letters, digits and `-._~` and what `also_plain` holds.
std::string percent_encode(const std::string& text, const std::string& also_plain = "");

/// `target` with `parameters` ("a=b&c=d") added to the query it may already have.
std::string with_parameters(const std::string& target, const std::string& parameters);

}  // namespace hookspool::strava_sim
