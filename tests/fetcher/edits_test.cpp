#include "fetcher/edits.h"

#include <gtest/gtest.h>

namespace hookspool::fetcher {
namespace {

/// A change of one field, as the list has it and as it is stored.
struct Case {
  const char* listed;
  const char* stored;
};

constexpr Case kEdits[] = {
    {R"({"name":"Lunch"})", R"({"name":"Lunch Ride"})"},
    {R"({"sport_type":"Walk"})", R"({"sport_type":"Hike"})"},
    {R"({"gear_id":"b2"})", R"({"gear_id":"b1"})"},
    {R"({"gear_id":"b2"})", R"({"gear_id":null})"},
    {R"({"gear_id":null})", R"({"gear_id":"b1"})"},
    {R"({"commute":true})", R"({"commute":false})"},
    {R"({"trainer":true})", R"({"trainer":false})"},
    {R"({"workout_type":3})", R"({"workout_type":null})"},
    {R"({"workout_type":0})", R"({"workout_type":1})"},
    {R"({"private":true})", R"({"private":false})"},
    {R"({"visibility":"followers_only"})", R"({"visibility":"everyone"})"},
    {R"({"flagged":true})", R"({"flagged":false})"},
    {R"({"hide_from_home":true})", R"({"hide_from_home":false})"},
    {R"({"device_name":"Garmin Edge 840"})", R"({"device_name":"Garmin Edge 530"})"},
    {R"({"start_date":"2026-11-03T10:00:00Z"})", R"({"start_date":"2026-11-03T09:00:00Z"})"},
    {R"({"distance":900.0})", R"({"distance":1000.0})"},
    {R"({"moving_time":90})", R"({"moving_time":100})"},
    {R"({"elapsed_time":90})", R"({"elapsed_time":100})"},
    {R"({"total_elevation_gain":12.5})", R"({"total_elevation_gain":0})"},
    {R"({"start_latlng":[48.1,11.5]})", R"({"start_latlng":[48.2,11.5]})"},
    {R"({"end_latlng":[]})", R"({"end_latlng":[48.2,11.5]})"},
    {R"({"map":{"summary_polyline":"cropped"}})", R"({"map":{"summary_polyline":"whole"}})"},
    {R"({"map":{"summary_polyline":"shown"}})", R"({"map":{"summary_polyline":null}})"},
};

constexpr Case kNoEdits[] = {
    {R"({"distance":0})", R"({"distance":0.0})"},
    {R"({"distance":1000})", R"({"distance":1000.0})"},
    {R"({"moving_time":100.0})", R"({"moving_time":100})"},
    {R"({"start_latlng":null})", R"({"start_latlng":[]})"},
    {R"({"start_latlng":[48.14,11.58]})", R"({"start_latlng":[48.13743,11.57549]})"},
    {R"({"map":{"summary_polyline":""}})", R"({"map":{"summary_polyline":null}})"},
    {R"({"map":{"id":"a1"}})", R"({"map":{"id":"a1","summary_polyline":"line"}})"},
    {R"({"map":null})", R"({"map":{"summary_polyline":"line"}})"},
    {R"({"workout_type":null})", R"({"workout_type":0})"},
    {R"({"commute":false})", R"({"commute":null})"},
    // What one of them leaves out tells nothing.
    {R"({})", R"({"gear_id":"b1"})"},
    {R"({"hide_from_home":true})", R"({})"},
    // What others do, and what only details have.
    {R"({"kudos_count":7,"comment_count":1})", R"({"kudos_count":3,"comment_count":0})"},
    {R"({"resource_state":2})", R"({"resource_state":3,"description":"long"})"},
    // No JSON of an activity at all.
    {R"({"name":"Lunch"})", ""},
    {R"({"name":"Lunch"})", "[]"},
};

TEST(Edits, AreSeenInTheList) {
  for (const Case& edit : kEdits) {
    EXPECT_TRUE(tells_of_edit(edit.listed, edit.stored)) << edit.listed << edit.stored;
  }
}

TEST(Edits, AreNotSeenInFormsOfTheSame) {
  for (const Case& same : kNoEdits) {
    EXPECT_FALSE(tells_of_edit(same.listed, same.stored)) << same.listed << same.stored;
  }
}

}  // namespace
}  // namespace hookspool::fetcher
