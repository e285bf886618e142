#include "ctl/activity_text.h"

#include <gtest/gtest.h>

namespace hookspool::ctl {
namespace {

TEST(ActivityText, WritesQuantitiesForPeople) {
  EXPECT_EQ(kilometres(12345.6), "12.3");
  EXPECT_EQ(kilometres(0.0), "0.0");
  EXPECT_EQ(metres(788.6), "789");
  EXPECT_EQ(duration(3723), "1:02:03");
  EXPECT_EQ(duration(59), "0:00:59");
  EXPECT_EQ(duration(100 * 3600), "100:00:00");
}

TEST(ActivityText, ShowsADashForWhatIsNotKnown) {
  EXPECT_EQ(kilometres(std::nullopt), "-");
  EXPECT_EQ(metres(std::nullopt), "-");
  EXPECT_EQ(duration(std::nullopt), "-");
  EXPECT_EQ(known(std::nullopt), "-");
}

TEST(ActivityText, HasEveryColumnForPrograms) {
  store::StoredActivity activity;
  activity.id = event::ActivityId{9223372036854775807};
  activity.athlete_id = event::AthleteId{134815};
  activity.name = "Ride";
  activity.distance_m = 12345.6;
  activity.moving_time_s = 3600;
  activity.fetched = from_rfc3339("2026-11-23T15:37:05Z");
  const Json::Value value = columns_of(activity);
  EXPECT_EQ(value["id"].asInt64(), 9223372036854775807);
  EXPECT_EQ(value["athlete_id"].asInt64(), 134815);
  EXPECT_EQ(value["name"].asString(), "Ride");
  EXPECT_EQ(value["distance_m"].asDouble(), 12345.6);
  EXPECT_EQ(value["moving_time_s"].asInt64(), 3600);
  EXPECT_TRUE(value.isMember("sport_type"));
  EXPECT_TRUE(value["sport_type"].isNull());
  EXPECT_EQ(value["fetched"].asString(), "2026-11-23T15:37:05.000000Z");
}

}  // namespace
}  // namespace hookspool::ctl
