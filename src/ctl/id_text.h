#pragma once

#include <json/value.h>

#include <cstdint>
#include <string>
#include <type_traits>

namespace hookspool::ctl {

/// Strava's ids in decimal digits, for people.
template <typename Id>
requires std::is_enum_v<Id> std::string text_of(Id id) {
  return std::to_string(static_cast<std::int64_t>(id));
}

/// The same for programs, as a number.
template <typename Id>
requires std::is_enum_v<Id> Json::Value json_of(Id id) {
  return Json::Value(static_cast<Json::Int64>(id));
}

}  // namespace hookspool::ctl
