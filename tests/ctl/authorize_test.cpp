// hookspoolctl authorize, with a browser that does what Strava's page tells it to. How the answer
// comes through the receiver, tests/e2e shows.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "ctl/hookspoolctl.h"
#include "ctl/http_library.h"
#include "support/child_process.h"

namespace hookspool::ctl {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string first_match(const std::string& text, const std::string& pattern) {
  std::smatch match;
  return std::regex_search(text, match, std::regex(pattern)) ? match.str() : "";
}

/// The address of Strava's page that hookspoolctl prints.
std::string page_in(const std::string& text) {
  return first_match(text, R"(http://\S+/oauth/authorize\?\S+)");
}

/// Scheme and host, and the rest.
std::pair<std::string, std::string> split(const std::string& url) {
  const std::size_t path = url.find('/', url.find("://") + 3);
  return {url.substr(0, path), url.substr(path)};
}

/// Where Strava's page sends the browser once the athlete has answered.
std::string redirect_of(const std::string& page) {
  const auto [host, path] = split(page);
  return httplib::Client(host).Get(path)->get_header_value("Location");
}

class HookspoolctlAuthorizeTest : public HookspoolctlTest {
 protected:
  HookspoolctlAuthorizeTest() {
    Json::Value athlete;
    athlete["id"] = Json::Int64{kAthlete};
    athlete["authorized"] = false;
    strava_.control("POST", "/_sim/athletes", athlete);
  }

  test::ChildProcess start(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "authorize");
    std::vector<std::string> whole = command(arguments);
    const std::string program = whole.front();
    whole.erase(whole.begin());
    return test::ChildProcess({program, whole, {}});
  }
};

TEST_F(HookspoolctlAuthorizeTest, TakesTheAnswerOnThisMachine) {
  test::ChildProcess authorize = start({"--listen"});
  const std::string page = page_in(authorize.read_error_until("Waiting for the browser"));

  const auto [host, path] = split(redirect_of(page));
  const auto shown = httplib::Client(host).Get(path);
  const auto ended = authorize.wait();

  EXPECT_EQ(shown->status, 200);
  EXPECT_EQ(ended.exit_code, 0) << ended.error;
  EXPECT_THAT(ended.output, HasSubstr("athlete 134815 added, scope"));
  ASSERT_EQ(athletes().size(), 1U);
  EXPECT_THAT(ended.error, Not(HasSubstr(athletes().front().access_token.reveal())));
}

TEST_F(HookspoolctlAuthorizeTest, TakesNoAnswerWithAnotherState) {
  test::ChildProcess authorize = start({"--listen"});
  const auto [host, path] =
      split(redirect_of(page_in(authorize.read_error_until("Waiting for the browser"))));
  httplib::Client browser(host);

  EXPECT_EQ(browser.Get("/authorized?state=forged&code=of-somebody-else")->status, 403);
  EXPECT_EQ(browser.Get(path)->status, 200);

  EXPECT_EQ(authorize.wait().exit_code, 0);
  EXPECT_EQ(athletes().size(), 1U);
}

TEST_F(HookspoolctlAuthorizeTest, SaysThatTheAthleteRefused) {
  strava_.set_switch("oauth_authorize_answer", "denied");
  test::ChildProcess authorize = start({"--listen"});
  const auto [host, path] =
      split(redirect_of(page_in(authorize.read_error_until("Waiting for the browser"))));
  httplib::Client(host).Get(path);
  const auto ended = authorize.wait();

  EXPECT_EQ(ended.exit_code, code(ExitCode::kNoPermission));
  EXPECT_THAT(ended.error, HasSubstr("did not authorize the application (access_denied)"));
  EXPECT_THAT(athletes(), IsEmpty());
}

TEST_F(HookspoolctlAuthorizeTest, WarnsOfAScopeThatIsTooSmall) {
  strava_.set_switch("oauth_granted_scope", "read");
  strava_.set_switch("oauth_scope_in_answer", false);
  test::ChildProcess authorize = start({"--listen"});
  const auto [host, path] =
      split(redirect_of(page_in(authorize.read_error_until("Waiting for the browser"))));
  httplib::Client(host).Get(path);
  const auto ended = authorize.wait();

  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.error, HasSubstr("did not grant activity:read: Strava sends no events"));
  EXPECT_THAT(ended.error, HasSubstr("did not grant activity:read_all"));
}

TEST_F(HookspoolctlAuthorizeTest, SaysThatACodeWasUsed) {
  test::ChildProcess authorize = start({"--paste"});
  const std::string redirect = redirect_of(page_in(authorize.read_error_until("paste it here")));
  strava_.add_fault("/oauth/token", "cut_body");
  authorize.write(redirect + "\n");
  EXPECT_EQ(authorize.wait().exit_code, code(ExitCode::kTryAgain));

  test::ChildProcess again = start({"--paste"});
  const std::string page = page_in(again.read_error_until("paste it here"));
  const std::string state = first_match(page, "state=[0-9a-f]+");
  again.write(std::regex_replace(redirect, std::regex("state=[0-9a-f]+"), state) + "\n");
  const auto ended = again.wait();
  EXPECT_EQ(ended.exit_code, code(ExitCode::kBadData));
  EXPECT_THAT(ended.error, HasSubstr("the code is wrong, used or expired"));
}

TEST_F(HookspoolctlAuthorizeTest, TakesThePastedAddress) {
  test::ChildProcess authorize = start({"--paste", "--json"});
  const std::string redirect = redirect_of(page_in(authorize.read_error_until("paste it here")));
  authorize.write("  " + redirect + "\r\n");
  const auto ended = authorize.wait();

  EXPECT_EQ(ended.exit_code, 0) << ended.error;
  EXPECT_EQ(parsed(ended.output)["id"].asInt64(), kAthlete);
  EXPECT_THAT(ended.error, Not(HasSubstr(first_match(redirect, "code=[^&]+"))));
}

TEST_F(HookspoolctlAuthorizeTest, WantsAllOfThePastedAddress) {
  test::ChildProcess authorize = start({"--paste"});
  authorize.read_error_until("paste it here");
  authorize.write("c0de\n");
  const auto ended = authorize.wait();

  EXPECT_EQ(ended.exit_code, code(ExitCode::kBadData));
  EXPECT_THAT(ended.error, HasSubstr("give all of the address"));
}

TEST_F(HookspoolctlAuthorizeTest, KnowsAnAthleteWhoAuthorizesAgain) {
  run({"athlete", "add"}, strava_.add_athlete(kAthlete).refresh_token + "\n");
  test::ChildProcess authorize = start({"--paste"});
  authorize.write(redirect_of(page_in(authorize.read_error_until("paste it here"))) + "\n");

  EXPECT_THAT(authorize.wait().output, HasSubstr("athlete 134815 has new tokens"));
}

TEST_F(HookspoolctlAuthorizeTest, TakesOneWayOnly) {
  EXPECT_EQ(run({"authorize", "--listen", "--paste"}).exit_code, code(ExitCode::kUsage));
  EXPECT_EQ(run({"authorize", "--port", "80"}).exit_code, code(ExitCode::kUsage));
}

TEST_F(HookspoolctlAuthorizeTest, NeedsACallbackForTheReceiversWay) {
  configure("");
  const ProgramRun refused = run({"authorize", "--receiver"});
  EXPECT_EQ(refused.exit_code, code(ExitCode::kUsage));
  EXPECT_THAT(refused.errors, HasSubstr("callback_url"));
}

TEST_F(HookspoolctlAuthorizeTest, SaysThatAPortIsTaken) {
  const test::HttpServer taken;
  const std::string port = taken.url().substr(taken.url().rfind(':') + 1);
  const ProgramRun refused = run({"authorize", "--listen", "--port", port});
  EXPECT_EQ(refused.exit_code, code(ExitCode::kUnavailable));
  EXPECT_THAT(refused.errors, HasSubstr("127.0.0.1:" + port));
}

}  // namespace
}  // namespace hookspool::ctl
