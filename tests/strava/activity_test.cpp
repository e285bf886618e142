#include "strava/activity.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace hookspool::strava {
namespace {

Activity parsed(const std::string& body) {
  auto result = parse_activity(body);
  if (const auto* malformed = std::get_if<MalformedActivity>(&result)) {
    ADD_FAILURE() << malformed->reason << ": " << body;
    return {};
  }
  return std::get<Activity>(result);
}

std::string rejection_of(const std::string& body) {
  const auto result = parse_activity(body);
  const auto* malformed = std::get_if<MalformedActivity>(&result);
  return malformed == nullptr ? "" : malformed->reason;
}

/// The smallest activity, with `members` besides.
std::string with(const std::string& members) {
  return R"({"id":16185205521,"athlete":{"id":134815,"resource_state":1})" +
         (members.empty() ? "" : "," + members) + "}";
}

TEST(Activity, IsReadWithEveryColumn) {
  const std::string body = with(
      R"("name":"Café → Lac","sport_type":"TrailRun","type":"Run",)"
      R"("start_date":"2025-10-27T06:00:00Z","start_date_local":"2025-10-27T07:00:00Z",)"
      R"("timezone":"(GMT+01:00) Europe/Zurich","distance":12345.6,"total_elevation_gain":789,)"
      R"("moving_time":3600,"elapsed_time":4000.0,"visibility":"everyone",)"
      R"("map":{"id":"a1","summary_polyline":"ab\\c`","polyline":"ab\\c`defg","resource_state":3},)"
      R"("segment_efforts":[{"id":3136407847427661018}],"brand_new":{"x":[1,2]})");
  const Activity activity = parsed(body);
  EXPECT_EQ(activity.id, event::ActivityId{16185205521});
  EXPECT_EQ(activity.athlete_id, event::AthleteId{134815});
  EXPECT_EQ(activity.name, "Café → Lac");
  EXPECT_EQ(activity.sport_type, "TrailRun");
  EXPECT_EQ(activity.start_date, "2025-10-27T06:00:00Z");
  EXPECT_EQ(activity.start_date_local, "2025-10-27T07:00:00Z");
  EXPECT_EQ(activity.timezone, "(GMT+01:00) Europe/Zurich");
  EXPECT_EQ(activity.distance_m, 12345.6);
  EXPECT_EQ(activity.elevation_gain_m, 789.0);
  EXPECT_EQ(activity.moving_time_s, 3600);
  EXPECT_EQ(activity.elapsed_time_s, 4000);
  EXPECT_EQ(activity.summary_polyline, R"(ab\c`)");
  EXPECT_EQ(activity.polyline, R"(ab\c`defg)");
  EXPECT_EQ(activity.visibility, "everyone");
  EXPECT_EQ(activity.json, body);
}

TEST(Activity, NeedsNothingButItsIds) {
  const Activity activity = parsed(with(""));
  EXPECT_FALSE(activity.name);
  EXPECT_FALSE(activity.sport_type);
  EXPECT_FALSE(activity.start_date);
  EXPECT_FALSE(activity.distance_m);
  EXPECT_FALSE(activity.moving_time_s);
  EXPECT_FALSE(activity.polyline);
  EXPECT_FALSE(activity.visibility);
}

TEST(Activity, TakesNullAndStrangeTypesForAbsent) {
  for (const char* members :
       {R"("name":null,"distance":null,"moving_time":null,"map":null)",
        R"("name":7,"distance":"far","moving_time":"1h","map":[])",
        R"("name":{},"distance":[],"moving_time":1e300,"map":{"polyline":null})"}) {
    const Activity activity = parsed(with(members));
    EXPECT_FALSE(activity.name) << members;
    EXPECT_FALSE(activity.distance_m) << members;
    EXPECT_FALSE(activity.moving_time_s) << members;
    EXPECT_FALSE(activity.polyline) << members;
  }
}

TEST(Activity, TakesZeroInBothSpellings) {
  for (const char* zero : {"0", "0.0"}) {
    const std::string number(zero);
    const Activity activity =
        parsed(with(R"("distance":)" + number + R"(,"moving_time":)" + number));
    EXPECT_EQ(activity.distance_m, 0.0);
    EXPECT_EQ(activity.moving_time_s, 0);
  }
}

TEST(Activity, HasNoPolylineWithoutGps) {
  const Activity activity = parsed(with(R"("map":{"polyline":"","summary_polyline":null})"));
  EXPECT_FALSE(activity.polyline);
  EXPECT_FALSE(activity.summary_polyline);
}

/// One whose name was cut off in the middle of an emoji was never understood, or broke the store's
/// UTF-8.
TEST(Activity, IsReadThoughItsNameHoldsHalfACharacter) {
  EXPECT_EQ(parsed(with(R"("name":"cut \ud83d")")).name, "cut \uFFFD");
  EXPECT_EQ(parsed(with(R"("name":"\udeb4 cut")")).name, "\uFFFD cut");
  EXPECT_EQ(parsed(with(R"("name":"\udeb4")")).json, with(R"("name":"\udeb4")"));
}

TEST(Activity, FallsBackToTheOldNameOfTheSport) {
  EXPECT_EQ(parsed(with(R"("type":"Ride")")).sport_type, "Ride");
}

TEST(Activity, KeepsIdsBeyondWhatADoubleHolds) {
  const Activity activity =
      parsed(R"({"id":9223372036854775807,"athlete":{"id":9007199254740993}})");
  EXPECT_EQ(activity.id, event::ActivityId{9223372036854775807});
  EXPECT_EQ(activity.athlete_id, event::AthleteId{9007199254740993});
}

/// The pieces were cut three bytes too early.
TEST(Activity, KeepsItsOwnTextOfAListBehindAByteOrderMark) {
  const std::string one = with(R"("name":"one")");
  const std::string two = with(R"("name":"two")");
  for (const std::string mark : {"", "\xEF\xBB\xBF"}) {
    const auto list = parse_activity_list(mark + "[" + one + ", " + two + "]");
    const auto& activities = std::get<std::vector<Activity>>(list);
    ASSERT_EQ(activities.size(), 2U);
    EXPECT_EQ(activities[0].json, one);
    EXPECT_EQ(activities[1].json, two);
  }
}

TEST(Activity, IsRejectedWithoutProperIds) {
  for (const char* id : {"0", "-1", "1.0", "1e3", "9223372036854775808", "\"1\"", "null", "true"}) {
    const std::string text(id);
    EXPECT_NE(rejection_of(R"({"id":)" + text + R"(,"athlete":{"id":1}})"), "") << id;
    EXPECT_NE(rejection_of(R"({"id":1,"athlete":{"id":)" + text + "}}"), "") << id;
  }
  EXPECT_NE(rejection_of(R"({"id":1})"), "");
  EXPECT_NE(rejection_of(R"({"id":1,"athlete":null})"), "");
  EXPECT_NE(rejection_of(R"({"id":1,"athlete":[1]})"), "");
}

TEST(Activity, IsRejectedWhenTheBodyIsNoWholeJsonObject) {
  const std::string nested = std::string(100'000, '[') + std::string(100'000, ']');
  for (const std::string& body :
       {std::string(), std::string("<html></html>"), std::string("[]"), std::string("null"),
        with("").substr(0, 20), with("") + "{}", nested,
        with(R"("name":")"
             "\xff"
             R"(")")}) {
    EXPECT_NE(rejection_of(body), "") << body.substr(0, 80);
  }
}

}  // namespace
}  // namespace hookspool::strava
