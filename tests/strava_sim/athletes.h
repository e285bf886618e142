#pragma once

#include <json/json.h>

#include <map>
#include <optional>

#include "strava_sim/identifiers.h"

namespace hookspool::strava_sim {

/// The people with an account. Not thread-safe.
class Athletes {
 public:
  /// Adds an athlete, or changes the given fields of one who is known.
  void put(AthleteId id, const Json::Value& fields);

  bool has(AthleteId id) const { return fields_.count(id) != 0; }
  std::optional<AthleteId> first() const;

  /// As the token answer and GET /athlete show the athlete (SummaryAthlete).
  Json::Value summary(AthleteId id) const;

  /// As GET /athlete shows the athlete to a token with profile:read_all (DetailedAthlete).
  Json::Value detail(AthleteId id) const;

  const std::map<AthleteId, Json::Value>& all() const { return fields_; }

 private:
  std::map<AthleteId, Json::Value> fields_;  ///< what tests fixed
  std::optional<AthleteId> first_;
};

}  // namespace hookspool::strava_sim
