#include "strava_sim/activity.h"

namespace hookspool::strava_sim {

const char* visibility_name(Visibility visibility) {
  switch (visibility) {
    case Visibility::kEveryone:
      return "everyone";
    case Visibility::kFollowersOnly:
      return "followers_only";
    case Visibility::kOnlyMe:
      return "only_me";
  }
  return "";
}

std::optional<Visibility> visibility_named(const std::string& name) {
  for (const Visibility visibility :
       {Visibility::kEveryone, Visibility::kFollowersOnly, Visibility::kOnlyMe}) {
    if (name == visibility_name(visibility)) return visibility;
  }
  return std::nullopt;
}

}  // namespace hookspool::strava_sim
