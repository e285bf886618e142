#include "strava_sim/subscription.h"

#include "strava_sim/json_text.h"
#include "strava_sim/local_time.h"

namespace hookspool::strava_sim {

Json::Value Subscription::to_json(bool with_fraction) const {
  std::string time = iso8601(created);
  if (with_fraction) time.insert(time.size() - 1, ".854786016");
  Json::Value json = empty_object();
  json["id"] = Json::Int64(id);
  json["resource_state"] = 2;
  json["application_id"] = Json::Int64(application);
  json["callback_url"] = callback_url;
  json["created_at"] = time;
  json["updated_at"] = time;
  return json;
}

}  // namespace hookspool::strava_sim
