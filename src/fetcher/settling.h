#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"

/// When an activity is looked at again because Strava may still be working on it: it is there long
/// before its segments are matched, and its streams can be late. Pure.
namespace hookspool::fetcher {

/// The next look at an activity that appeared at `since`: 5, 15, 45 minutes or 2 hours after;
/// nothing if the last one is over.
std::optional<Timestamp> next_look(std::chrono::sys_seconds since, Timestamp now);

/// What of an activity is filled in late, from Strava's JSON: equal for two answers if nothing of
/// it has changed. Kudos and comments are not in it.
std::string late_parts(const std::string& json);

/// Whether two answers say the same of an activity, in whatever order. What others make of it,
/// kudos and comments, is no change to it.
bool same_activity(const std::string& one, const std::string& other);

/// Whether two answers of streams say the same, in whatever order.
bool same_streams(const std::string& one, const std::string& other);

}  // namespace hookspool::fetcher
