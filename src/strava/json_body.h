#pragma once

#include <json/value.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hookspool::strava {

/// The object or array that a body holds; nothing if it is not JSON in valid UTF-8.
std::optional<Json::Value> parse_json(std::string_view body);

/// A value that was written as a positive 64-bit integer. Json::Value::isInt64() would say yes to
/// 1.0 and 1e3, which have gone through a double.
std::optional<std::int64_t> positive_integer(const Json::Value& value);

/// The member of an object if it is a string; nothing if it is absent, null or anything else.
std::optional<std::string> string_member(const Json::Value& object, const char* name);

}  // namespace hookspool::strava
