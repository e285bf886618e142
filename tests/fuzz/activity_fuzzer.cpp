// An activity as Strava answers it, or a list of them. Polylines are passed on as text: nothing of
// ours decodes them.

#include "strava/activity.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <variant>
#include <vector>

#include "event/utf8.h"
#include "fetcher/settling.h"
#include "property.h"

namespace hookspool {
namespace {

using fuzz::expect;
using strava::Activity;

void expect_sound(const Activity& activity) {
  expect(static_cast<std::int64_t>(activity.id) > 0, "an activity's id is positive");
  expect(static_cast<std::int64_t>(activity.athlete_id) > 0, "an athlete's id is positive");
  for (const auto& text :
       {activity.name, activity.sport_type, activity.start_date, activity.start_date_local,
        activity.timezone, activity.summary_polyline, activity.polyline, activity.visibility}) {
    expect(!text || event::is_utf8(*text), "every text in an activity is UTF-8");
  }
  expect(activity.polyline != "" && activity.summary_polyline != "", "no polyline is empty");
  for (const auto& number : {activity.distance_m, activity.elevation_gain_m}) {
    expect(!number || std::isfinite(*number), "every number in an activity is one");
  }
}

bool same(const Activity& one, const Activity& other) {
  return one.id == other.id && one.athlete_id == other.athlete_id && one.name == other.name &&
         one.sport_type == other.sport_type && one.start_date == other.start_date &&
         one.start_date_local == other.start_date_local && one.timezone == other.timezone &&
         one.distance_m == other.distance_m && one.elevation_gain_m == other.elevation_gain_m &&
         one.moving_time_s == other.moving_time_s && one.elapsed_time_s == other.elapsed_time_s &&
         one.summary_polyline == other.summary_polyline && one.polyline == other.polyline &&
         one.visibility == other.visibility && one.manual == other.manual &&
         one.has_segment_efforts == other.has_segment_efforts;
}

/// Each element of a list keeps its own piece of the text.
void expect_sound_list(const std::string& body) {
  const auto parsed = strava::parse_activity_list(body);
  const auto* activities = std::get_if<std::vector<Activity>>(&parsed);
  if (activities == nullptr) return;
  for (const Activity& activity : *activities) {
    expect_sound(activity);
    const auto alone = strava::parse_activity(activity.json);
    expect(std::holds_alternative<Activity>(alone) && same(std::get<Activity>(alone), activity),
           "an activity is the same alone as in a list");
  }
}

void expect_settles(const std::string& json) {
  const std::string late = fetcher::late_parts(json);
  expect(!late.empty() && late == fetcher::late_parts(json), "an activity equals itself");
  expect(event::is_utf8(late), "what is compared is UTF-8");
  expect(fetcher::same_streams(json, json + " "), "spaces make no difference");
}

}  // namespace
}  // namespace hookspool

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hookspool;
  const std::string body(fuzz::text_of(data, size));
  expect_sound_list(body);
  const auto parsed = strava::parse_activity(body);
  const auto* activity = std::get_if<Activity>(&parsed);
  if (activity == nullptr) {
    fetcher::late_parts(body);
    return 0;
  }
  expect_sound(*activity);
  expect(activity->json == body, "the answer is kept byte for byte");
  expect_sound_list("[" + body + ",\n" + body + "]");
  expect_settles(body);
  return 0;
}
