// hookspoolctl subscribe, subscriptions, unsubscribe

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "ctl/hookspoolctl.h"

namespace hookspool::ctl {
namespace {

using testing::HasSubstr;

class HookspoolctlSubscribeTest : public HookspoolctlTest {
 protected:
  std::filesystem::path file() const { return directory_ / "spool" / "subscription"; }
};

TEST_F(HookspoolctlSubscribeTest, WritesTheIdForTheReceiver) {
  const Json::Value created = run_json({"subscribe"});
  EXPECT_TRUE(created["created"].asBool());
  EXPECT_EQ(created["id"].asInt64(), subscription_at_strava());
  EXPECT_EQ(created["callback_url"].asString(), receiver_.url());
  EXPECT_EQ(read_file(file()), std::to_string(subscription_at_strava()) + "\n");
}

TEST_F(HookspoolctlSubscribeTest, SubscribesAndUnsubscribesWhereTheApiIsAfter2027) {
  strava_.set_switch("mode_2027", true);
  EXPECT_EQ(run({"subscribe"}).exit_code, 0);
  EXPECT_EQ(run_json({"subscriptions"}).size(), 1U);
  EXPECT_EQ(run({"unsubscribe"}).exit_code, 0);
  EXPECT_EQ(run_json({"subscriptions"}).size(), 0U);
}

TEST_F(HookspoolctlSubscribeTest, TellsWhatTheCallbackAnswered) {
  const ProgramRun subscribed = run({"subscribe"});
  EXPECT_THAT(subscribed.output, HasSubstr("the callback URL answers the challenge\n"));
  EXPECT_THAT(subscribed.output, HasSubstr("the callback URL answers within "));
}

TEST_F(HookspoolctlSubscribeTest, AdoptsASubscriptionWithOurUrl) {
  run({"subscribe"});
  std::filesystem::remove(file());
  const Json::Value adopted = run_json({"subscribe"});
  EXPECT_FALSE(adopted["created"].asBool());
  EXPECT_EQ(read_file(file()), std::to_string(subscription_at_strava()) + "\n");
}

TEST_F(HookspoolctlSubscribeTest, LeavesASubscriptionWithAnotherUrlAlone) {
  run({"subscribe"});
  const std::int64_t before = subscription_at_strava();
  const ProgramRun refused = run({"subscribe", "--callback-url", receiver_.url() + "?key=1"});
  EXPECT_EQ(refused.exit_code, code(ExitCode::kUnavailable));
  EXPECT_THAT(refused.errors, HasSubstr(std::to_string(before) + " with " + receiver_.url()));
  EXPECT_THAT(refused.errors, HasSubstr("--replace"));
  EXPECT_EQ(subscription_at_strava(), before);
}

TEST_F(HookspoolctlSubscribeTest, ReplacesASubscriptionWithAnotherUrlOnRequest) {
  run({"subscribe"});
  const std::int64_t before = subscription_at_strava();
  const std::string url = receiver_.url() + "?key=1";
  const Json::Value replaced = run_json({"subscribe", "--replace", "--callback-url", url});
  EXPECT_TRUE(replaced["created"].asBool());
  EXPECT_NE(subscription_at_strava(), before);
  EXPECT_EQ(read_file(file()), std::to_string(subscription_at_strava()) + "\n");
  EXPECT_FALSE(run_json({"subscribe", "--replace", "--callback-url", url})["created"].asBool());
}

TEST_F(HookspoolctlSubscribeTest, ForgetsTheIdOfOneThatItRemovedInVain) {
  run({"subscribe"});
  strava_.add_fault("/push_subscriptions$", "status", 503, "POST");
  const ProgramRun failed =
      run({"subscribe", "--replace", "--callback-url", receiver_.url() + "?key=1"});
  EXPECT_EQ(failed.exit_code, code(ExitCode::kTryAgain));
  EXPECT_THAT(failed.errors, HasSubstr("removed subscription"));
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(HookspoolctlSubscribeTest, AsksStravaOnlyOnceTheCallbackAnswers) {
  test::HttpServer elsewhere;
  const ProgramRun refused = run({"subscribe", "--callback-url", elsewhere.url() + "/missing"});
  EXPECT_EQ(refused.exit_code, code(ExitCode::kUnavailable));
  EXPECT_THAT(refused.errors, HasSubstr("the answer is 404, not 200"));
  EXPECT_EQ(strava_.control("GET", "/_sim/requests?path=push_subscriptions").size(), 0U);
}

TEST_F(HookspoolctlSubscribeTest, SaysWhatToDoWhenTheCallbackIsRefused) {
  test::HttpServer elsewhere;
  const ProgramRun refused =
      run({"subscribe", "--no-check", "--callback-url", elsewhere.url() + "/missing"});
  EXPECT_EQ(refused.exit_code, code(ExitCode::kUnavailable));
  EXPECT_THAT(refused.errors, HasSubstr("the receiver must use the same verify_token"));
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(HookspoolctlSubscribeTest, FindsTheSubscriptionWhoseAnswerWasLost) {
  strava_.add_fault("/push_subscriptions$", "wrong_json", 0, "POST");
  const ProgramRun unsure = run({"subscribe"});
  EXPECT_EQ(unsure.exit_code, code(ExitCode::kTryAgain)) << unsure.errors;
  EXPECT_THAT(unsure.errors, HasSubstr("run hookspoolctl subscribe again"));
  EXPECT_FALSE(run_json({"subscribe"})["created"].asBool()) << "it was made the first time";
}

TEST_F(HookspoolctlSubscribeTest, RefusesAUrlThatStravaCannotUse) {
  configure("");
  const ProgramRun none = run({"subscribe"});
  EXPECT_EQ(none.exit_code, code(ExitCode::kUsage));
  EXPECT_THAT(none.errors, HasSubstr("strava.callback_url"));
  const auto exit_code = [&](const std::string& url) {
    return run({"subscribe", "--callback-url", url}).exit_code;
  };
  EXPECT_EQ(exit_code("ftp://example.org/"), code(ExitCode::kUsage));
  EXPECT_EQ(exit_code("https://example.org/" + std::string(255, 'x')), code(ExitCode::kUsage));
}

TEST_F(HookspoolctlSubscribeTest, SaysThatTheApplicationIsInactive) {
  strava_.set_switch("app_inactive", true);
  for (const char* command : {"subscribe", "subscriptions", "unsubscribe"}) {
    const ProgramRun refused = run({command});
    EXPECT_EQ(refused.exit_code, code(ExitCode::kUnavailable)) << command;
    EXPECT_THAT(refused.errors, HasSubstr("https://www.strava.com/settings/api")) << command;
  }
}

TEST_F(HookspoolctlSubscribeTest, ListsWhatStravaKnows) {
  EXPECT_THAT(run({"subscriptions"}).output, HasSubstr("no subscription"));
  EXPECT_EQ(run_json({"subscriptions"}).size(), 0U);
  run({"subscribe"});
  EXPECT_THAT(run({"subscriptions"}).output, HasSubstr(receiver_.url()));
  EXPECT_EQ(run_json({"subscriptions"})[0]["id"].asInt64(), subscription_at_strava());
}

TEST_F(HookspoolctlSubscribeTest, RemovesThePresentSubscription) {
  run({"subscribe"});
  const ProgramRun removed = run({"unsubscribe"});
  EXPECT_EQ(removed.exit_code, 0) << removed.errors;
  EXPECT_EQ(run_json({"subscriptions"}).size(), 0U);
  EXPECT_FALSE(std::filesystem::exists(file()));
  EXPECT_TRUE(run_json({"unsubscribe"})["removed"].isNull()) << "there is none any more";
}

TEST_F(HookspoolctlSubscribeTest, KeepsTheIdWhenAnotherSubscriptionCannotBeRemoved) {
  run({"subscribe"});
  EXPECT_EQ(run({"unsubscribe", "1"}).exit_code, code(ExitCode::kNoInput));
  EXPECT_TRUE(std::filesystem::exists(file()));
}

}  // namespace
}  // namespace hookspool::ctl
