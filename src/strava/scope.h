#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hookspool::strava {

/// The names in a scope as Strava writes it: separated by commas, or by spaces.
std::set<std::string> parse_scope(std::string_view text);

/// Which of the scopes that hookspool needs are not in `granted`, the weightier first:
/// "activity:read", without which Strava sends no activity events, and "activity:read_all",
/// without which an activity made private looks deleted.
std::vector<std::string> missing_scopes(std::string_view granted);

}  // namespace hookspool::strava
