#include "strava_sim/event.h"

#include <gtest/gtest.h>

#include <set>

#include "strava_sim/json_text.h"

namespace hookspool::strava_sim {
namespace {

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1'791'000'000)};
const Scopes kReadsAll("activity:read,activity:read_all");
const Scopes kReads("activity:read");
const Scopes kReadsAllOnly("activity:read_all");

Activity an_activity(Visibility visibility = Visibility::kEveryone) {
  Activity activity;
  activity.id = ActivityId{16'185'205'521};
  activity.athlete = AthleteId{134'815};
  activity.name = "Morning Run";
  activity.sport_type = "Run";
  activity.visibility = visibility;
  return activity;
}

std::string aspect(const std::optional<Event>& event) {
  return event ? event->aspect_type : "";
}

TEST(EventRules, NeedActivityRead) {
  EXPECT_FALSE(created_event(an_activity(), kReadsAllOnly, kNow));
  EXPECT_FALSE(deleted_event(an_activity(), Scopes("read"), kNow));
  EXPECT_TRUE(created_event(an_activity(), kReads, kNow));
}

TEST(EventRules, HideOnlyMeActivitiesWithoutReadAll) {
  const Activity hidden = an_activity(Visibility::kOnlyMe);
  EXPECT_FALSE(created_event(hidden, kReads, kNow));
  EXPECT_FALSE(deleted_event(hidden, kReads, kNow));
  EXPECT_TRUE(created_event(hidden, kReadsAll, kNow));
}

TEST(EventRules, TellPrivacyAsAnUpdateWithReadAll) {
  const Activity open = an_activity();
  const Activity hidden = an_activity(Visibility::kOnlyMe);
  const auto hiding = changed_event(open, hidden, kReadsAll, kNow);
  EXPECT_EQ(aspect(hiding), "update");
  EXPECT_EQ(hiding->updates["private"], "true");
  EXPECT_EQ(changed_event(hidden, open, kReadsAll, kNow)->updates["private"], "false");
}

TEST(EventRules, TellPrivacyAsDeleteAndCreateWithoutReadAll) {
  const Activity open = an_activity();
  const Activity hidden = an_activity(Visibility::kOnlyMe);
  EXPECT_EQ(aspect(changed_event(open, hidden, kReads, kNow)), "delete");
  EXPECT_EQ(aspect(changed_event(hidden, open, kReads, kNow)), "create");
}

TEST(EventRules, TellTitleAndTypeTogether) {
  Activity renamed = an_activity();
  renamed.name = "Messy";
  renamed.sport_type = "TrailRun";
  const auto event = changed_event(an_activity(), renamed, kReads, kNow);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->updates["title"], "Messy");
  EXPECT_EQ(event->updates["type"], "TrailRun");
}

TEST(EventRules, TellNothingElse) {
  Activity described = an_activity();
  described.overrides["description"] = "new";
  EXPECT_FALSE(changed_event(an_activity(), described, kReadsAll, kNow));
  EXPECT_FALSE(
      changed_event(an_activity(), an_activity(Visibility::kFollowersOnly), kReadsAll, kNow));
}

TEST(EventText, HasStravasMembersAndTypes) {
  Dice dice(1);
  const auto json =
      parse_json(event_text(*created_event(an_activity(), kReads, kNow), 120'475, {}, dice));
  ASSERT_TRUE(json);
  EXPECT_EQ((*json)["object_id"].asInt64(), 16'185'205'521);
  EXPECT_EQ((*json)["owner_id"].asInt64(), 134'815);
  EXPECT_EQ((*json)["subscription_id"].asInt64(), 120'475);
  EXPECT_EQ((*json)["event_time"].asInt64(), 1'791'000'000);
  EXPECT_TRUE((*json)["updates"].isObject());
  EXPECT_EQ(json->size(), 7U);
}

TEST(EventText, ComesInManyOrders) {
  Dice dice(1);
  std::set<std::string> texts;
  for (int text = 0; text < 50; ++text) {
    texts.insert(event_text(*created_event(an_activity(), kReads, kNow), 1, {}, dice));
  }
  EXPECT_GT(texts.size(), 20U);
}

TEST(EventText, TakesTheFormsThatReceiversHaveSeen) {
  Dice dice(1);
  const Event hiding =
      *changed_event(an_activity(), an_activity(Visibility::kOnlyMe), kReadsAll, kNow);
  EventForm form;
  form.private_as_boolean = true;
  form.unknown_keys = true;
  const auto json = parse_json(event_text(hiding, 1, form, dice));
  EXPECT_EQ((*json)["updates"]["private"], true);
  EXPECT_TRUE(json->isMember("source"));

  form.updates = UpdatesForm::kMissing;
  EXPECT_FALSE(parse_json(event_text(hiding, 1, form, dice))->isMember("updates"));
}

TEST(EventText, TellsADeauthorizationOfTheAthlete) {
  Dice dice(1);
  const auto json = parse_json(event_text(deauthorized_event(AthleteId{7}, kNow), 1, {}, dice));
  EXPECT_EQ((*json)["object_type"], "athlete");
  EXPECT_EQ((*json)["object_id"], (*json)["owner_id"]);
  EXPECT_EQ((*json)["updates"]["authorized"], "false");
}

}  // namespace
}  // namespace hookspool::strava_sim
