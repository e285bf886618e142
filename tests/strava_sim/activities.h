#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "strava_sim/activity.h"
#include "strava_sim/dice.h"

namespace hookspool::strava_sim {

/// What a test asks for when it makes an activity. What is not given is invented.
struct ActivityWish {
  AthleteId athlete{};
  std::optional<ActivityId> id;
  std::optional<std::string> name;
  std::optional<std::string> sport_type;
  std::optional<std::chrono::sys_seconds> start;
  std::optional<Visibility> visibility;
  std::optional<bool> manual;
  std::optional<bool> trainer;
  Json::Value overrides = Json::Value(Json::objectValue);
  std::vector<std::string> absent;
};

/// Reads a wish or a change: the fields with a meaning of their own are taken out, `private` is
/// understood as a visibility, everything else overrides what would be invented.
/// \throws std::invalid_argument  a field has the wrong type (the message names it)
ActivityWish activity_wish(const Json::Value& fields);

/// All activities there are. Not thread-safe.
class Activities {
 public:
  explicit Activities(std::uint64_t seed) : dice_(seed) {}

  /// Ids that are not wished for are above 2^32 and never given twice. Nothing if the wished id is
  /// taken.
  std::optional<Activity> create(const ActivityWish& wish, std::chrono::sys_seconds now);

  /// Applies what `wish` gives to an activity; nothing if there is none.
  std::optional<Activity> change(ActivityId id, const ActivityWish& wish);

  std::optional<Activity> remove(ActivityId id);
  std::optional<Activity> find(ActivityId id) const;

  /// Newest start first.
  std::vector<Activity> of_athlete(AthleteId athlete) const;

  const std::map<ActivityId, Activity>& all() const { return activities_; }

 private:
  ActivityId next_id();

  Dice dice_;
  std::map<ActivityId, Activity> activities_;
  std::int64_t last_id_ = 16'185'205'521;  ///< an id of 2025, well above 2^32
};

}  // namespace hookspool::strava_sim
