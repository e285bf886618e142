// What a person does to set hookspool up, through a real web server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "base/file_content.h"
#include "e2e/stage.h"
#include "support/program_run.h"

namespace hookspool::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string first_match(const std::string& text, const std::string& pattern) {
  std::smatch match;
  return std::regex_search(text, match, std::regex(pattern)) ? match.str() : "";
}

/// Every user of a machine can see these.
std::string arguments_of(pid_t pid) {
  return read_file("/proc/" + std::to_string(pid) + "/cmdline");
}

/// hookspoolctl authorize, begun and waiting for the athlete.
class WaitingAuthorization {
 public:
  explicit WaitingAuthorization(const Stage& stage)
      : log_(stage.directory() / "authorize.log"),
        program_(stage.ctl_command({"authorize", "--receiver"}), log_) {
    EXPECT_TRUE(eventually([this] { return !page().empty(); })) << output();
  }

  /// The address of Strava's page.
  std::string page() const { return first_match(output(), R"(http://\S+/oauth/authorize\?\S+)"); }
  std::string output() const { return std::filesystem::exists(log_) ? read_file(log_) : ""; }
  pid_t pid() const { return program_.pid(); }
  int wait() { return program_.wait(); }

 private:
  std::filesystem::path log_;
  Program program_;
};

TEST(Setup, AuthorizesAnAthleteThroughTheReceiver) {
  const Stage stage;
  WaitingAuthorization authorize(stage);
  const std::string redirect = stage.follow(authorize.page()).headers.find("Location")->second;
  const HttpAnswer shown = stage.follow(redirect);
  EXPECT_EQ(shown.status, 200);
  EXPECT_THAT(shown.body, HasSubstr("your authorization is being completed"));

  EXPECT_EQ(stage.drain().exit_code, 0);

  EXPECT_EQ(authorize.wait(), 0) << authorize.output();
  EXPECT_THAT(authorize.output(), HasSubstr("athlete 134815 has new tokens"));
  EXPECT_EQ(stage.follow(redirect).status, 403) << "the link is used up";
  const std::string code = first_match(redirect, "code=[^&]+").substr(5);
  for (const char* log : {"receiver.log", "hookspool.log", "nginx-error.log", "authorize.log"}) {
    EXPECT_THAT(read_file(stage.directory() / log), Not(HasSubstr(code))) << log;
  }
}

TEST(Setup, TellsThatTheAthleteRefused) {
  const Stage stage;
  Json::Value switches;
  switches["oauth_authorize_answer"] = "denied";
  stage.strava().control("PATCH", "/_sim/switches", switches);
  WaitingAuthorization authorize(stage);
  const std::string redirect = stage.follow(authorize.page()).headers.find("Location")->second;
  EXPECT_THAT(stage.follow(redirect).body, HasSubstr("You did not authorize"));

  stage.drain();

  EXPECT_EQ(authorize.wait(), 77);
  EXPECT_THAT(authorize.output(), HasSubstr("access_denied"));
}

TEST(Setup, TellsThatACodeHadBeenUsed) {
  const Stage stage;
  WaitingAuthorization authorize(stage);
  const std::string redirect = stage.follow(authorize.page()).headers.find("Location")->second;
  // Somebody else was faster.
  const std::string code = first_match(redirect, "code=[^&]+").substr(5);
  EXPECT_EQ(stage.ctl({"athlete", "add", "--code"}, code + "\n").exit_code, 0);
  stage.follow(redirect);

  stage.drain();

  EXPECT_EQ(authorize.wait(), 77);
  EXPECT_THAT(authorize.output(), HasSubstr("the code is wrong, used or expired"));
}

TEST(Setup, FollowsATestEventFromStationToStation) {
  const Stage stage;
  Program fetcher(stage.fetcher_command({}), stage.directory() / "fetcher.log");

  const Finished sent = stage.ctl({"send-test", "create", "--json"});

  EXPECT_EQ(sent.exit_code, 0) << sent.errors;
  EXPECT_THAT(sent.output, HasSubstr("\"filtered\" : false"));
  EXPECT_THAT(sent.output, Not(HasSubstr("\"fetcher_ms\" : null")));
  const Finished update = stage.ctl({"send-test", "update"});
  EXPECT_EQ(update.exit_code, 0) << update.errors;
  EXPECT_THAT(update.output, HasSubstr("not in receiver.accept"));
  EXPECT_EQ(stage.ctl({"send-test", "deauthorize"}).exit_code, 0);
  EXPECT_EQ(fetcher.stop(), 0);
  EXPECT_TRUE(stage.stored().empty());
  EXPECT_EQ(stage.strava().control("GET", "/_sim/requests?path=/activities/").size(), 0U)
      << "Strava is not asked";
}

TEST(Setup, SaysThatTheFetcherDoesNotRun) {
  const Stage stage;

  const Finished sent = stage.ctl({"send-test", "create", "--timeout", "1"});

  EXPECT_EQ(sent.exit_code, 75);
  EXPECT_THAT(sent.errors, HasSubstr("waits in the spool"));
}

TEST(Setup, SaysThatTheReceiverDoesNotRun) {
  Stage stage;
  stage.receiver().stop();

  const Finished sent = stage.ctl({"send-test", "create"});

  EXPECT_EQ(sent.exit_code, 69);
  EXPECT_THAT(sent.errors, HasSubstr("answered 502"));
  EXPECT_THAT(sent.errors, HasSubstr("does the receiver run"));
}

/// What a new user types, in this order.
TEST(Setup, LeadsFromNothingToAStoredActivityAndACleanBillOfHealth) {
  Stage::Settings nothing;
  nothing.set_up = false;
  Stage stage(nothing);
  Json::Value athlete;
  athlete["id"] = Json::Int64{Strava::kAthlete};
  athlete["authorized"] = false;
  stage.strava().control("POST", "/_sim/athletes", athlete);
  const std::string here = stage.directory().string();

  std::vector<std::string> init{
      build_directory() / "hookspoolctl", "init",        "--api-url",
      stage.strava().url() + "/api/v3",   "--oauth-url", stage.strava().url() + "/oauth"};
  if (::geteuid() == 0) init.insert(init.end(), {"--user", "root"});
  const test::ProgramRun dialogue =
      test::run_dialogue(init, {{"Client id", "4711\n"},
                                {"client secret", std::string(Strava::kClientSecret) + "\n"},
                                {"Callback URL", stage.callback_url() + "\n"},
                                {"Directory of hookspool.toml", here + "\n"},
                                {"Spool directory", here + "/spool\n"},
                                {"Database file", here + "/store/hookspool.db\n"}});
  ASSERT_EQ(dialogue.exit_code, 0) << dialogue.output;
  EXPECT_THAT(dialogue.output, HasSubstr("location ^~ /strava/webhook {"));

  stage.start_receiver();
  Program fetcher(stage.fetcher_command({}), stage.directory() / "fetcher.log");
  WaitingAuthorization authorize(stage);
  stage.follow(stage.follow(authorize.page()).headers.find("Location")->second);
  EXPECT_EQ(authorize.wait(), 0) << authorize.output();
  EXPECT_THAT(authorize.output(), HasSubstr("athlete 134815 added"));

  const Finished subscribed = stage.ctl({"subscribe"});
  EXPECT_EQ(subscribed.exit_code, 0) << subscribed.errors;
  const Finished sent = stage.ctl({"send-test", "create"});
  EXPECT_EQ(sent.exit_code, 0) << sent.errors;
  const std::int64_t id = stage.strava().create_activity();
  stage.strava().wait_for_deliveries();
  EXPECT_TRUE(eventually([&] { return stage.stored().contains(id); }));
  const Finished doctor = stage.ctl({"doctor"});
  EXPECT_EQ(doctor.exit_code, 0) << doctor.output << doctor.errors;
  EXPECT_EQ(fetcher.stop(), 0);
}

/// The files that are there to hold secrets: for their owner only, which is seen to.
bool may_hold_secrets(const std::string& name) {
  return name == "client-secret" || name == "hookspool.toml" || name.starts_with("hookspool.db");
}

/// The simulated Strava's own notes are Strava's.
bool is_ours(const std::string& name) {
  return !name.starts_with("strava.");
}

TEST(Setup, LetsNoSecretOutAnywhere) {
  Stage stage;
  Program fetcher(stage.fetcher_command({}), stage.directory() / "fetcher.log");
  WaitingAuthorization authorize(stage);
  const std::string redirect = stage.follow(authorize.page()).headers.find("Location")->second;
  std::string outputs = arguments_of(authorize.pid());
  stage.follow(redirect);
  EXPECT_EQ(authorize.wait(), 0) << authorize.output();
  stage.strava().create_activity();
  stage.strava().wait_for_deliveries();
  EXPECT_TRUE(eventually([&] { return stage.stored().size() == 1; }));
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"send-test", "create"},
                                                                     {"subscriptions"},
                                                                     {"subscribe"},
                                                                     {"athletes", "--json"},
                                                                     {"status", "--json"},
                                                                     {"unsubscribe"}}) {
    const Finished finished = stage.ctl(arguments);
    EXPECT_EQ(finished.exit_code, 0) << arguments.front() << finished.errors;
    outputs += finished.output + finished.errors;
  }
  outputs += arguments_of(fetcher.pid()) + arguments_of(stage.receiver().pid());
  EXPECT_EQ(fetcher.stop(), 0);

  const Json::Value athlete = stage.strava().control("GET", "/_sim/athletes/134815");
  for (const std::string& secret :
       {std::string(Strava::kClientSecret), std::string(Stage::kVerifyToken),
        first_match(redirect, "code=[^&]+").substr(5), athlete["access_token"].asString(),
        athlete["refresh_token"].asString()}) {
    ASSERT_GE(secret.size(), 10U);
    EXPECT_THAT(outputs, Not(HasSubstr(secret)));
    for (const auto& file : std::filesystem::recursive_directory_iterator(stage.directory())) {
      const std::string name = file.path().filename();
      if (!file.is_regular_file() || !is_ours(name)) continue;
      if (may_hold_secrets(name)) {
        EXPECT_EQ(file.status().permissions() & std::filesystem::perms::others_all,
                  std::filesystem::perms::none)
            << file.path();
        continue;
      }
      EXPECT_THAT(read_file(file.path()), Not(HasSubstr(secret))) << file.path();
    }
  }
}

}  // namespace
}  // namespace hookspool::e2e
