#pragma once

#include <json/json.h>

#include <optional>
#include <string>

namespace hookspool::strava_sim {

/// One line of JSON, UTF-8 left as it is, numbers with at most ten significant digits (what
/// coordinates need; more would show the noise of binary fractions).
std::string to_text(const Json::Value& value);

/// The JSON value that `text` holds, or nothing if it is not JSON.
std::optional<Json::Value> parse_json(const std::string& text);

/// An empty object and an empty array. `Json::Value()` is null.
Json::Value empty_object();
Json::Value empty_array();

}  // namespace hookspool::strava_sim
