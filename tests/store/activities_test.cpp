#include "store/activities.h"

#include <gtest/gtest.h>

#include <limits>

#include "store/temporary_store.h"

namespace hookspool::store {
namespace {

using namespace std::chrono_literals;

constexpr event::ActivityId kActivity{14919682220};
constexpr event::AthleteId kAthlete{134815};

StoredActivity ride() {
  StoredActivity activity;
  activity.id = kActivity;
  activity.athlete_id = kAthlete;
  activity.name = "Évening 🚴 'ride'";
  activity.sport_type = "GravelRide";
  activity.start_date = "2018-02-16T14:52:54Z";
  activity.start_date_local = "2018-02-16T06:52:54Z";
  activity.timezone = "(GMT-08:00) America/Los_Angeles";
  activity.distance_m = 28099.5;
  activity.moving_time_s = 4207;
  activity.elapsed_time_s = 4410;
  activity.elevation_gain_m = 516.0;
  activity.summary_polyline = R"(ki{eFvqfiVqAWQIGEEKAYJgBVqDJ{BHa@jAkNJw@\Pw@V{APs@)";
  activity.polyline = R"(ki{eFvqfiVsBmA`Feh@qg@iX`B}JeCcCqGjIq~@kf@cM{KeHeX`@_GdGkSeBiXtB}Yu\F)";
  activity.visibility = "everyone";
  activity.event_time = std::chrono::sys_seconds(1'518'793'974s);
  activity.fetched = Timestamp(1'518'793'990'123'456us);
  activity.json = R"({"id":14919682220,"unknown":[1.0,null]})";
  return activity;
}

class ActivitiesTest : public testing::Test {
 protected:
  void put(std::int64_t id, const std::string& start, event::AthleteId athlete = kAthlete) {
    StoredActivity activity;
    activity.id = event::ActivityId{id};
    activity.athlete_id = athlete;
    activity.start_date = start;
    activities_.put(activity);
  }
  std::vector<std::int64_t> listed(std::size_t limit,
                                   std::optional<event::AthleteId> athlete = {}) {
    std::vector<std::int64_t> ids;
    for (const StoredActivity& activity : activities_.list(limit, athlete)) {
      ids.push_back(static_cast<std::int64_t>(activity.id));
    }
    return ids;
  }

  test::TemporaryStore store_;
  Activities activities_{store_.database()};
};

TEST_F(ActivitiesTest, AreFoundAsTheyWerePut) {
  const StoredActivity put = ride();
  activities_.put(put);

  const auto found = activities_.find(kActivity);

  ASSERT_TRUE(found);
  EXPECT_EQ(found->athlete_id, put.athlete_id);
  EXPECT_EQ(found->name, put.name);
  EXPECT_EQ(found->sport_type, put.sport_type);
  EXPECT_EQ(found->start_date, put.start_date);
  EXPECT_EQ(found->start_date_local, put.start_date_local);
  EXPECT_EQ(found->timezone, put.timezone);
  EXPECT_EQ(found->distance_m, put.distance_m);
  EXPECT_EQ(found->moving_time_s, put.moving_time_s);
  EXPECT_EQ(found->elapsed_time_s, put.elapsed_time_s);
  EXPECT_EQ(found->elevation_gain_m, put.elevation_gain_m);
  EXPECT_EQ(found->summary_polyline, put.summary_polyline);
  EXPECT_EQ(found->polyline, put.polyline);
  EXPECT_EQ(found->visibility, put.visibility);
  EXPECT_EQ(found->event_time, put.event_time);
  EXPECT_EQ(found->fetched, put.fetched);
  EXPECT_EQ(found->json, put.json);
}

TEST_F(ActivitiesTest, KeepWhatStravaLeftOutApartFromZero) {
  StoredActivity bare;
  bare.id = kActivity;
  bare.athlete_id = kAthlete;
  bare.moving_time_s = 0;
  bare.distance_m = 0.0;
  activities_.put(bare);

  const auto found = activities_.find(kActivity);

  ASSERT_TRUE(found);
  EXPECT_EQ(found->moving_time_s, 0);
  EXPECT_EQ(found->distance_m, 0.0);
  EXPECT_FALSE(found->elapsed_time_s);
  EXPECT_FALSE(found->elevation_gain_m);
  EXPECT_FALSE(found->name);
  EXPECT_FALSE(found->start_date);
  EXPECT_FALSE(found->polyline);
  EXPECT_FALSE(found->event_time);
}

TEST_F(ActivitiesTest, ChangeOnlyInWhatAnEventSpeaksOf) {
  struct Case {
    ActivityUpdate update;
    const char* json;
  };
  for (const Case& c : std::vector<Case>{
           {{"Messy", false}, R"({"name":"Messy","private":false,"visibility":"everyone"})"},
           {{std::nullopt, true}, R"({"name":"Tidy","private":true,"visibility":"only_me"})"},
           {{"Messy", true}, R"({"name":"Messy","private":true,"visibility":"only_me"})"}}) {
    StoredActivity activity = ride();
    activity.name = "Tidy";
    activity.json = R"({"name":"Tidy","private":false,"visibility":"everyone"})";
    activities_.put(activity);
    EXPECT_TRUE(activities_.apply(kActivity, c.update, *activity.event_time));
    EXPECT_EQ(activities_.find(kActivity)->json, c.json);
  }
}

TEST_F(ActivitiesTest, AreReplacedByWhatIsPutLater) {
  activities_.put(ride());
  StoredActivity edited = ride();
  edited.name = "Morning ride";
  edited.polyline.reset();
  activities_.put(edited);

  EXPECT_EQ(activities_.count(), 1);
  EXPECT_EQ(activities_.find(kActivity)->name, "Morning ride");
  EXPECT_FALSE(activities_.find(kActivity)->polyline);
}

TEST_F(ActivitiesTest, AreReplacedWholeSoThatNothingOldIsLeft) {
  activities_.put(ride());
  StoredActivity bare;
  bare.id = kActivity;
  bare.athlete_id = event::AthleteId{7};
  activities_.put(bare);

  const auto found = activities_.find(kActivity);

  ASSERT_TRUE(found);
  EXPECT_EQ(found->athlete_id, event::AthleteId{7});
  EXPECT_FALSE(found->name);
  EXPECT_FALSE(found->sport_type);
  EXPECT_FALSE(found->start_date);
  EXPECT_FALSE(found->start_date_local);
  EXPECT_FALSE(found->timezone);
  EXPECT_FALSE(found->distance_m);
  EXPECT_FALSE(found->moving_time_s);
  EXPECT_FALSE(found->elapsed_time_s);
  EXPECT_FALSE(found->elevation_gain_m);
  EXPECT_FALSE(found->summary_polyline);
  EXPECT_FALSE(found->polyline);
  EXPECT_FALSE(found->visibility);
  EXPECT_FALSE(found->event_time);
  EXPECT_EQ(found->fetched, Timestamp());
  EXPECT_EQ(found->json, "");
}

TEST_F(ActivitiesTest, KeepIdsThatADoubleCannot) {
  for (const std::int64_t id :
       {(std::int64_t{1} << 53) + 1, std::numeric_limits<std::int64_t>::max()}) {
    put(id, "2026-11-01T08:00:00Z", event::AthleteId{id});

    const auto found = activities_.find(event::ActivityId{id});

    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, event::ActivityId{id});
    EXPECT_EQ(found->athlete_id, event::AthleteId{id});
    EXPECT_EQ(activities_.owner_of(event::ActivityId{id}), event::AthleteId{id});
  }
  EXPECT_EQ(activities_.count(), 2);
}

TEST_F(ActivitiesTest, KeepStravasAnswerByteForByte) {
  for (const char* json : {
           "{\"distance\" : 28099.50,\r\n\t\"id\":1e3}\n",
           R"({"name":"\u00c9 \ud83d\udeb4 'ride'; DROP TABLE activities; --","name":"twice"})",
           "{\"name\":\"\xc3\x89vening \xf0\x9f\x9a\xb4 \x7f\"}",
           ":id :json ? ?1 $json @json",
           " ",
       }) {
    StoredActivity activity = ride();
    activity.json = json;
    activities_.put(activity);

    EXPECT_EQ(activities_.find(kActivity)->json, json);
  }
}

TEST_F(ActivitiesTest, KeepAnAnswerOfManyMegabytes) {
  StoredActivity large = ride();
  large.json = std::string(8UL * 1024 * 1024, 'x');
  activities_.put(large);

  EXPECT_EQ(activities_.find(kActivity)->json, large.json);
}

TEST_F(ActivitiesTest, AreGoneWhenTheyWereRemoved) {
  activities_.put(ride());

  EXPECT_TRUE(activities_.remove(kActivity, {}));
  EXPECT_FALSE(activities_.find(kActivity));
  EXPECT_FALSE(activities_.remove(kActivity, {}));
}

TEST_F(ActivitiesTest, KnowTheirOwner) {
  activities_.put(ride());

  EXPECT_EQ(activities_.owner_of(kActivity), kAthlete);
  EXPECT_FALSE(activities_.owner_of(event::ActivityId{1}));
}

TEST_F(ActivitiesTest, AreListedNewestFirst) {
  put(1, "2026-11-01T08:00:00Z");
  put(2, "2026-11-03T08:00:00Z");
  put(3, "2026-11-02T08:00:00Z", event::AthleteId{7});

  EXPECT_EQ(listed(10), (std::vector<std::int64_t>{2, 3, 1}));
  EXPECT_EQ(listed(2), (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(listed(10, kAthlete), (std::vector<std::int64_t>{2, 1}));
}

TEST_F(ActivitiesTest, AreListedInOneOrderThoughTheyStartedTogetherOrAtNoKnownTime) {
  put(1, "2026-11-01T08:00:00Z");
  put(3, "2026-11-01T08:00:00Z");
  put(2, "2026-11-01T08:00:00Z");
  StoredActivity undated;
  undated.id = event::ActivityId{4};
  undated.athlete_id = kAthlete;
  activities_.put(undated);

  EXPECT_EQ(listed(10), (std::vector<std::int64_t>{3, 2, 1, 4}));
  EXPECT_EQ(listed(0), std::vector<std::int64_t>());
}

TEST_F(ActivitiesTest, KnowWhenTheLastOneWasFetched) {
  EXPECT_FALSE(activities_.newest_fetch());
  activities_.put(ride());
  EXPECT_EQ(activities_.newest_fetch(), ride().fetched);
}

}  // namespace
}  // namespace hookspool::store
