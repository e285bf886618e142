#include "strava/scope.h"

#include <algorithm>
#include <cstddef>

namespace hookspool::strava {

std::set<std::string> parse_scope(std::string_view text) {
  std::set<std::string> names;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(", "), text.size());
    if (end > 0) names.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return names;
}

std::vector<std::string> missing_scopes(std::string_view granted) {
  const std::set<std::string> names = parse_scope(granted);
  std::vector<std::string> missing;
  for (const char* needed : {"activity:read", "activity:read_all"}) {
    if (!names.contains(needed)) missing.emplace_back(needed);
  }
  return missing;
}

}  // namespace hookspool::strava
