#include "strava_sim/scopes.h"

#include <algorithm>
#include <sstream>

namespace hookspool::strava_sim {

Scopes::Scopes(const std::string& text) {
  std::string spaced = text;
  std::replace(spaced.begin(), spaced.end(), ',', ' ');
  std::istringstream words(spaced);
  for (std::string name; words >> name;) names_.insert(name);
}

bool Scopes::all_known() const {
  static const Scopes known(
      "read read_all profile:read_all profile:write activity:read activity:read_all "
      "activity:write");
  return std::all_of(names_.begin(), names_.end(),
                     [](const std::string& name) { return known.has(name); });
}

Scopes Scopes::in_common_with(const Scopes& other) const {
  Scopes common;
  for (const std::string& name : names_) {
    if (other.has(name)) common.names_.insert(name);
  }
  return common;
}

std::string Scopes::text() const {
  std::string joined;
  for (const std::string& name : names_) joined += (joined.empty() ? "" : ",") + name;
  return joined;
}

}  // namespace hookspool::strava_sim
