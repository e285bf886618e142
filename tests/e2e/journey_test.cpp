// What becomes of an event, from Strava's POST to nginx to what hookspoolctl lists.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/file_content.h"
#include "e2e/stage.h"

namespace hookspool::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kToken = Stage::kVerifyToken;

Json::Value field(const char* name, const Json::Value& value) {
  Json::Value fields;
  fields[name] = value;
  return fields;
}

std::int64_t subscription_of(const Stage& stage) {
  return stage.strava().control("GET", "/_sim/subscription")["id"].asInt64();
}

std::size_t calls_for(const Stage& stage, std::int64_t activity) {
  return stage.strava()
      .control("GET", "/_sim/requests?path=/activities/" + std::to_string(activity))
      .size();
}

TEST(Journey, EchoesTheChallengeOfTheValidationRequest) {
  Stage::Settings settings;
  settings.subscribe = false;
  const Stage stage(settings);
  const HttpAnswer answer = stage.get(std::string("hub.verify_token=") + kToken +
                                      "&hub.challenge=15f7d1a91c1f40f8&hub.mode=subscribe");

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"hub.challenge":"15f7d1a91c1f40f8"})");
  EXPECT_EQ(answer.headers.find("Content-Type")->second, "application/json");
}

TEST(Journey, RefusesAWrongTokenAndKeepsTheRightOneOutOfEveryLog) {
  const Stage stage;
  const HttpAnswer answer =
      stage.get("hub.verify_token=wrong&hub.challenge=15f7d1a91c1f40f8&hub.mode=subscribe");

  EXPECT_EQ(answer.status, 403);
  for (const char* log : {"receiver.log", "hookspool.log", "nginx-error.log"}) {
    EXPECT_THAT(read_file(stage.directory() / log), Not(HasSubstr(kToken))) << log;
  }
}

TEST(Journey, StoresACreatedActivity) {
  const Stage stage;
  const std::int64_t id = stage.strava().create_activity(field("name", "Über den Berg ⛰"));
  stage.strava().wait_for_deliveries();
  const Finished fetched = stage.drain();

  EXPECT_EQ(fetched.exit_code, 0) << fetched.errors;
  const auto stored = stage.stored();
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_EQ(stored.begin()->first, id);
  EXPECT_EQ(stored.begin()->second["name"].asString(), "Über den Berg ⛰");
}

TEST(Journey, FiltersUpdatesByDefault) {
  const Stage stage;
  const std::int64_t id = stage.strava().create_activity(field("name", "Before"));
  stage.strava().wait_for_deliveries();
  stage.drain();
  stage.strava().control("PATCH", "/_sim/activities/" + std::to_string(id), field("name", "After"));
  stage.strava().wait_for_deliveries();
  stage.drain();

  EXPECT_EQ(stage.stored().begin()->second["name"].asString(), "Before");
  EXPECT_EQ(stage.strava().control("GET", "/_sim/deliveries?state=given_up").size(), 0U)
      << "a filtered event is answered with 200 too";
}

TEST(Journey, FollowsUpdatesWhereTheyAreAccepted) {
  Stage::Settings settings;
  settings.accept = R"(accept = ["activity.create", "activity.update"])";
  const Stage stage(settings);
  const std::int64_t id = stage.strava().create_activity(field("name", "Before"));
  stage.strava().wait_for_deliveries();
  stage.drain();
  stage.strava().control("PATCH", "/_sim/activities/" + std::to_string(id), field("name", "After"));
  stage.strava().wait_for_deliveries();
  stage.drain();

  EXPECT_EQ(stage.stored().begin()->second["name"].asString(), "After");
}

TEST(Journey, RemovesADeletedActivity) {
  const Stage stage;
  const std::int64_t id = stage.strava().create_activity();
  stage.strava().wait_for_deliveries();
  stage.drain();
  ASSERT_EQ(stage.stored().size(), 1U);
  stage.strava().control("DELETE", "/_sim/activities/" + std::to_string(id));
  stage.strava().wait_for_deliveries();
  stage.drain();

  EXPECT_EQ(stage.stored().size(), 0U);
}

TEST(Journey, KeepsAnActivityWhoseDeletionWasForged) {
  const Stage stage;
  const std::int64_t id = stage.strava().create_activity();
  stage.strava().wait_for_deliveries();
  stage.drain();
  constexpr std::int64_t kFarInTheFuture = 4'000'000'000;
  ASSERT_EQ(stage.post(event_body(id, "delete", kFarInTheFuture, subscription_of(stage))).status,
            200);
  stage.drain();

  EXPECT_EQ(stage.stored().size(), 1U);
}

TEST(Journey, StoresAnActivityOnceThatWasAnnouncedSeveralTimes) {
  const Stage stage;
  stage.strava().control("PATCH", "/_sim/switches", field("event_duplicates", 3));
  const std::int64_t id = stage.strava().create_activity();
  stage.strava().wait_for_deliveries();
  stage.drain();

  EXPECT_EQ(stage.stored().size(), 1U);
  EXPECT_EQ(calls_for(stage, id), 1U);
}

TEST(Journey, DoesNotStoreAnActivityWhoseDeletionArrivedBeforeItsCreation) {
  const Stage stage;
  const std::int64_t id = stage.strava().create_activity(field("event", false));
  stage.strava().control("DELETE", "/_sim/activities/" + std::to_string(id) + "?event=false");
  const std::int64_t subscription = subscription_of(stage);
  ASSERT_EQ(stage.post(event_body(id, "delete", 1'790'000'100, subscription)).status, 200);
  stage.drain();
  ASSERT_EQ(stage.post(event_body(id, "create", 1'790'000'000, subscription)).status, 200);
  stage.drain();

  EXPECT_EQ(stage.stored().size(), 0U);
}

TEST(Journey, MakesNoCallForAnActivityThatWasCreatedAndDeletedInOneGo) {
  const Stage stage;
  const std::int64_t subscription = subscription_of(stage);
  ASSERT_EQ(stage.post(event_body(4711471147, "delete", 1'790'000'100, subscription)).status, 200);
  ASSERT_EQ(stage.post(event_body(4711471147, "create", 1'790'000'000, subscription)).status, 200);
  stage.drain();

  EXPECT_EQ(calls_for(stage, 4711471147), 0U);
}

TEST(Journey, AnswersEachKindOfRequestAsTheTableSays) {
  const Stage stage;
  const std::int64_t subscription = subscription_of(stage);
  const struct {
    std::string body;
    int status;
  } cases[] = {
      {"{", 400},
      {"[]", 400},
      {event_body(1, "create", 1'790'000'000, subscription + 1), 403},
      {event_body(1, "create", 1'790'000'000, subscription, "segment"), 200},
      {std::string(40'000, ' '), 413},
  };
  for (const auto& [body, status] : cases) {
    EXPECT_EQ(stage.post(body).status, status) << body.substr(0, 80);
  }
  EXPECT_EQ(stage.get("").status, 200);
  EXPECT_EQ(stage.get("hub.mode=subscribe").status, 400);
  EXPECT_EQ(std::filesystem::exists(stage.spool() / "current"), false) << "nothing was to be kept";
}

TEST(Journey, DeliversAgainWhatAnsweredWith503) {
  Stage stage;
  // A file where the directory belongs.
  std::filesystem::remove_all(stage.spool());
  replace_file_durably(stage.spool(), "in the way", 0600);
  const std::int64_t id = stage.strava().create_activity();
  ASSERT_TRUE(eventually([&] {
    const Json::Value deliveries = stage.strava().control("GET", "/_sim/deliveries");
    return !deliveries.empty() && !deliveries[0]["attempts"].empty();
  }));
  std::filesystem::remove(stage.spool());
  stage.strava().wait_for_deliveries();
  stage.drain();

  EXPECT_EQ(stage.stored().count(id), 1U);
}

}  // namespace
}  // namespace hookspool::e2e
