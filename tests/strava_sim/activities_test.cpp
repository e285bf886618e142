#include "strava_sim/activities.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "strava_sim/activity_json.h"
#include "strava_sim/json_text.h"
#include "strava_sim/streams.h"
#include "strava_sim/track.h"

namespace hookspool::strava_sim {
namespace {

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1'791'000'000)};
constexpr AthleteId kAda{134'815};

std::vector<Activity> many_activities(int count) {
  Activities activities(1);
  ActivityWish wish;
  wish.athlete = kAda;
  for (int made = 0; made < count; ++made) activities.create(wish, kNow);
  return activities.of_athlete(kAda);
}

Activity a_ride() {
  Activity ride;
  ride.id = ActivityId{16'185'205'521};
  ride.athlete = kAda;
  ride.sport_type = "Ride";
  ride.start = kNow;
  return ride;
}

TEST(Activities, GiveUniqueIdsThatNeed64Bits) {
  std::set<std::int64_t> ids;
  for (const Activity& activity : many_activities(500)) ids.insert(number(activity.id));
  EXPECT_EQ(ids.size(), 500U);
  EXPECT_GT(*ids.begin(), std::int64_t{1} << 32);
}

TEST(Activities, RefuseAnIdThatIsTaken) {
  Activities activities(1);
  ActivityWish wish;
  wish.id = ActivityId{5};
  EXPECT_TRUE(activities.create(wish, kNow));
  EXPECT_FALSE(activities.create(wish, kNow));
}

TEST(Activities, DifferInEverythingThatDiffersOnStrava) {
  std::set<std::string> sports, keys;
  int manual = 0, without_track = 0, hidden_start = 0, with_backslash = 0;
  for (const Activity& activity : many_activities(400)) {
    const Json::Value json = detailed_activity(activity, DataForm::kSchema, true);
    sports.insert(json["sport_type"].asString());
    std::string shape;
    for (const std::string& name : json.getMemberNames()) shape += name + " ";
    keys.insert(shape);
    manual += json["manual"].asBool();
    without_track += json["map"]["polyline"].isNull() || json["map"]["polyline"] == "";
    const std::string start = json["start_date"].asString();
    hidden_start += start.find("T00:00:01Z") != std::string::npos;
    with_backslash += json["map"]["polyline"].asString().find('\\') != std::string::npos;
  }
  EXPECT_GT(sports.size(), 15U);
  EXPECT_GT(keys.size(), 30U);
  EXPECT_GT(manual, 0);
  EXPECT_GT(without_track, manual);
  EXPECT_GT(hidden_start, 0);
  EXPECT_GT(with_backslash, 0);
}

TEST(Activities, LookTheSameEachTime) {
  const Activity ride = a_ride();
  EXPECT_EQ(detailed_activity(ride, DataForm::kSchema, true),
            detailed_activity(ride, DataForm::kSchema, true));
}

TEST(Activities, AgreeWithTheirStreams) {
  for (const Activity& activity : many_activities(60)) {
    if (activity.manual) continue;
    const Json::Value json = detailed_activity(activity, DataForm::kSchema, false);
    StreamQuery query;
    query.keys = {"time", "distance", "latlng"};
    query.key_by_type = true;
    query.nulls = false;
    const Json::Value streams = streams_of(track_of(activity), query);
    const auto last = [&](const char* type) {
      return streams[type]["data"][streams[type]["data"].size() - 1];
    };
    EXPECT_EQ(last("time").asInt(), json["elapsed_time"].asInt());
    if (streams.isMember("distance")) {
      EXPECT_NEAR(last("distance").asDouble(), json["distance"].asDouble(), 0.1);
    }
    if (streams.isMember("latlng")) {
      EXPECT_EQ(streams["latlng"]["data"][0], json["start_latlng"]);
      EXPECT_EQ(last("latlng"), json["end_latlng"]);
    }
  }
}

TEST(Activities, HaveSegmentEffortsAbove2To53) {
  for (const Activity& activity : many_activities(50)) {
    for (const Json::Value& effort :
         detailed_activity(activity, DataForm::kSchema, true)["segment_efforts"]) {
      EXPECT_GT(effort["id"].asInt64(), std::int64_t{1} << 53);
    }
  }
}

TEST(Activities, GiveTestsTheLastWord) {
  Activities activities(1);
  const ActivityWish wish = activity_wish(*parse_json(
      R"({"athlete_id":7,"name":"Mine","type":"TrailRun","private":true,"distance":0,
          "description":null,"absent":["calories","start_latlng"]})"));
  const auto activity = activities.create(wish, kNow);
  ASSERT_TRUE(activity);
  const Json::Value json = detailed_activity(*activity, DataForm::kSchema, false);
  EXPECT_EQ(json["name"], "Mine");
  EXPECT_EQ(json["sport_type"], "TrailRun");
  EXPECT_EQ(json["type"], "Run");
  EXPECT_EQ(json["private"], true);
  EXPECT_EQ(json["distance"], 0);
  EXPECT_TRUE(json.isMember("description") && json["description"].isNull());
  EXPECT_FALSE(json.isMember("calories"));
  EXPECT_FALSE(json.isMember("start_latlng"));
  EXPECT_FALSE(summary_activity(*activity, DataForm::kSchema).isMember("description"));
}

TEST(Activities, RefuseWishesOfTheWrongType) {
  for (const char* wish : {R"({"name":5})", R"({"visibility":"nobody"})", R"({"id":"5"})",
                           R"({"start_date":"soon"})", R"({"absent":"name"})"}) {
    EXPECT_THROW(activity_wish(*parse_json(wish)), std::invalid_argument) << wish;
  }
}

TEST(Activities, WriteLocalTimeWithAFalseZ) {
  Activity ride = a_ride();
  bool found_offset = false;
  for (std::int64_t athlete = 1; athlete < 20; ++athlete) {
    ride.athlete = AthleteId{athlete};
    const Json::Value json = detailed_activity(ride, DataForm::kSchema, false);
    EXPECT_EQ(json["start_date_local"].asString().back(), 'Z');
    found_offset = found_offset || json["utc_offset"].asDouble() != 0;
  }
  EXPECT_TRUE(found_offset);
}

TEST(Streams, ShowOnlyWhatIsAskedFor) {
  StreamQuery query;
  query.keys = {"time", "moving", "unheard_of"};
  query.key_by_type = true;
  const Json::Value streams = streams_of(track_of(a_ride()), query);
  EXPECT_EQ(streams.getMemberNames(), (std::vector<std::string>{"moving", "time"}));
}

TEST(Streams, ShowTheDistanceIfNothingIsAskedFor) {
  const Json::Value streams = streams_of(track_of(a_ride()), {});
  ASSERT_TRUE(streams.isArray());
  ASSERT_EQ(streams.size(), 1U);
  EXPECT_EQ(streams[0]["type"], "distance");
}

TEST(Streams, HaveOneLengthAndNullsAtDifferentIndices) {
  StreamQuery query;
  query.keys = {"time", "distance", "latlng", "velocity_smooth", "moving"};
  query.key_by_type = true;
  const Json::Value streams = streams_of(track_of(a_ride()), query);
  std::set<unsigned> lengths;
  std::set<unsigned> gaps;
  for (const Json::Value& stream : streams) {
    lengths.insert(stream["data"].size());
    for (unsigned sample = 0; sample < stream["data"].size(); ++sample) {
      if (!stream["data"][sample].isNull()) continue;
      EXPECT_TRUE(gaps.insert(sample).second) << sample;
    }
  }
  EXPECT_EQ(lengths.size(), 1U);
  EXPECT_FALSE(gaps.empty());
}

TEST(Streams, AreShorterThanTheRecordingAtLowResolution) {
  StreamQuery query;
  query.keys = {"time"};
  query.key_by_type = true;
  query.resolution = Resolution::kLow;
  const Json::Value streams = streams_of(track_of(a_ride()), query);
  EXPECT_LE(streams["time"]["data"].size(), 100U);
  EXPECT_GT(streams["time"]["original_size"].asUInt(), 100U);
}

TEST(Streams, LackTheSensorsThatTheAthleteLacks) {
  Track track = track_of(a_ride());
  track.has_heartrate = false;
  StreamQuery query;
  query.keys = {"time", "heartrate"};
  query.key_by_type = true;
  EXPECT_FALSE(streams_of(track, query).isMember("heartrate"));
}

}  // namespace
}  // namespace hookspool::strava_sim
