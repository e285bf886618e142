#pragma once

#include <json/value.h>

#include <cstdint>
#include <optional>
#include <string>

#include "store/activities.h"

/// How activities look to people and to programs.
namespace hookspool::ctl {

/// "12.3"; "-" if it is not known.
std::string kilometres(std::optional<double> metres);

/// "789", to the metre; "-" if it is not known.
std::string metres(std::optional<double> metres);

/// "1:02:03"; "-" if it is not known.
std::string duration(std::optional<std::int64_t> seconds);

/// The text; "-" if it is not known.
std::string known(const std::optional<std::string>& text);

/// The columns, without polylines and without Strava's JSON; null where something is not known.
Json::Value columns_of(const store::StoredActivity& activity);

}  // namespace hookspool::ctl
