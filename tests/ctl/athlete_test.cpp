// hookspoolctl athlete add, athletes

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "ctl/hookspoolctl.h"

namespace hookspool::ctl {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class HookspoolctlAthleteTest : public HookspoolctlTest {};

TEST_F(HookspoolctlAthleteTest, IsAddedByARefreshTokenFromStandardInput) {
  const std::string token = strava_.add_athlete(kAthlete).refresh_token;
  const Json::Value added = run_json({"athlete", "add"}, token + "\n");
  EXPECT_EQ(added["id"].asInt64(), kAthlete);
  EXPECT_EQ(added["missing_scopes"].size(), 0U);
  ASSERT_EQ(athletes().size(), 1U);
  const store::Athlete athlete = athletes().front();
  EXPECT_EQ(athlete.id, event::AthleteId{kAthlete});
  EXPECT_NE(athlete.refresh_token.reveal(), token) << "Strava gave another one";
  EXPECT_EQ(athlete.scope, test::SimulatedStrava::kFullScope);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "unclaimed-refresh-token"));
}

TEST_F(HookspoolctlAthleteTest, IsAddedByAnAuthorizationCode) {
  const std::string authorization_code = strava_.add_athlete(kAthlete).code;
  const ProgramRun added = run({"athlete", "add", "--code"}, authorization_code + "\n");
  EXPECT_EQ(added.exit_code, 0) << added.errors;
  EXPECT_THAT(added.output, HasSubstr("athlete 134815 added"));
  EXPECT_EQ(athletes().size(), 1U);
}

TEST_F(HookspoolctlAthleteTest, IsAddedByTheContentOfAFile) {
  const auto authorization = strava_.add_athlete(kAthlete);
  write(directory_ / "code", "  " + authorization.code + "\r\n");
  EXPECT_EQ(run({"athlete", "add", "--code-file", directory_ / "code"}).exit_code, 0);
  write(directory_ / "token", athletes().front().refresh_token.reveal());
  const Json::Value again =
      run_json({"athlete", "add", "--refresh-token-file", directory_ / "token"});
  EXPECT_TRUE(again["known_before"].asBool());
}

TEST_F(HookspoolctlAthleteTest, IsAskedForOnATerminalWithoutEcho) {
  const std::string token = strava_.add_athlete(kAthlete).refresh_token;
  const ProgramRun added =
      test::run_on_terminal(command({"athlete", "add"}), "refresh token: ", token + "\n");
  EXPECT_EQ(added.exit_code, 0) << added.output;
  EXPECT_THAT(added.output, HasSubstr("athlete 134815 added"));
  EXPECT_THAT(added.output, Not(HasSubstr(token)));
}

TEST_F(HookspoolctlAthleteTest, IsNotAddedWhenThePersonInterrupts) {
  const ProgramRun interrupted =
      test::run_on_terminal(command({"athlete", "add"}), "refresh token: ", "abc\x03");
  EXPECT_EQ(interrupted.exit_code, 128 + SIGINT);
}

TEST_F(HookspoolctlAthleteTest, IsRefusedWithAWrongToken) {
  for (const char* option : {"", "--code"}) {
    std::vector<std::string> arguments{"athlete", "add"};
    if (*option != '\0') arguments.emplace_back(option);
    const ProgramRun refused = run(arguments, "not-a-token\n");
    EXPECT_EQ(refused.exit_code, code(ExitCode::kBadData)) << refused.errors;
    EXPECT_THAT(refused.errors, HasSubstr("cannot use the"));
  }
  EXPECT_THAT(athletes(), IsEmpty());
}

TEST_F(HookspoolctlAthleteTest, IsRefusedWithoutAToken) {
  EXPECT_EQ(run({"athlete", "add"}).exit_code, code(ExitCode::kBadData));
  EXPECT_EQ(run({"athlete", "add"}, " \n").exit_code, code(ExitCode::kBadData));
  EXPECT_NE(run({"athlete", "add", "--code-file", directory_ / "missing"}).exit_code, 0);
  const ProgramRun both = run({"athlete", "add", "--code", "--refresh-token-file", "x"});
  EXPECT_EQ(both.exit_code, code(ExitCode::kUsage));
}

TEST_F(HookspoolctlAthleteTest, IsRefusedWithTheWrongClientSecret) {
  configure(receiver_.url(), "wrong");
  const ProgramRun refused =
      run({"athlete", "add"}, strava_.add_athlete(kAthlete).refresh_token + "\n");
  EXPECT_EQ(refused.exit_code, code(ExitCode::kUnavailable));
  EXPECT_THAT(refused.errors, HasSubstr("client_secret"));
}

TEST_F(HookspoolctlAthleteTest, LosesNoTokenWhenStravaDoesNotTellWhoseItIs) {
  const std::string token = strava_.add_athlete(kAthlete).refresh_token;
  strava_.add_fault("/athlete$", "status", 503);
  const ProgramRun failed = run({"athlete", "add"}, token + "\n");
  EXPECT_EQ(failed.exit_code, code(ExitCode::kTryAgain));
  const auto kept = directory_ / "unclaimed-refresh-token";
  EXPECT_THAT(failed.errors, HasSubstr(kept.string()));
  struct stat status {};
  ASSERT_EQ(::stat(kept.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);

  const ProgramRun added = run({"athlete", "add", "--refresh-token-file", kept});
  EXPECT_EQ(added.exit_code, 0) << added.errors;
  EXPECT_FALSE(std::filesystem::exists(kept));
}

TEST_F(HookspoolctlAthleteTest, OverwritesNoTokenThatIsStillUnclaimed) {
  const auto kept = directory_ / "unclaimed-refresh-token";
  write(kept, "of somebody else\n");
  const ProgramRun refused =
      run({"athlete", "add"}, strava_.add_athlete(kAthlete).refresh_token + "\n");
  EXPECT_EQ(refused.exit_code, code(ExitCode::kCannotCreate));
  EXPECT_THAT(refused.errors, HasSubstr("--refresh-token-file " + kept.string()));
  EXPECT_EQ(read_file(kept), "of somebody else\n");
}

TEST_F(HookspoolctlAthleteTest, IsAddedWithAWarningWhenScopesAreMissing) {
  const std::string token = strava_.add_athlete(kAthlete, "read,activity:read").refresh_token;
  const ProgramRun added = run({"athlete", "add"}, token + "\n");
  EXPECT_EQ(added.exit_code, 0);
  EXPECT_THAT(added.errors, HasSubstr("did not grant activity:read_all"));
}

TEST_F(HookspoolctlAthleteTest, GoesOnWithTheJobsThatWaited) {
  run({"athlete", "add"}, strava_.add_athlete(kAthlete).refresh_token + "\n");
  store::Database database(store_url());
  store::Athletes(database).stop(event::AthleteId{kAthlete}, "the grant is dead");
  const Json::Value stopped = run_json({"athletes"});
  EXPECT_EQ(stopped[0]["stopped_because"].asString(), "the grant is dead");

  const std::string token = athletes().front().refresh_token.reveal();
  run({"athlete", "add"}, token + "\n");
  EXPECT_FALSE(athletes().front().stopped_because);
}

TEST_F(HookspoolctlAthleteTest, IsListed) {
  EXPECT_THAT(run({"athletes"}).output, HasSubstr("hookspoolctl athlete add"));
  run({"athlete", "add"}, strava_.add_athlete(kAthlete).refresh_token + "\n");
  EXPECT_THAT(run({"athletes"}).output, HasSubstr("134815"));
  const Json::Value list = run_json({"athletes"});
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["id"].asInt64(), kAthlete);
  EXPECT_TRUE(list[0]["stopped_because"].isNull());
}

// athlete remove

class HookspoolctlAthleteRemoveTest : public HookspoolctlTest {
 protected:
  HookspoolctlAthleteRemoveTest() {
    run({"athlete", "add"}, strava_.add_athlete(kAthlete).refresh_token + "\n");
  }
  bool is_authorized() const {
    return strava_.control("GET", "/_sim/athletes/134815")["authorized"].asBool();
  }
};

TEST_F(HookspoolctlAthleteRemoveTest, RevokesTheGrantAndDeletes) {
  const Json::Value removed = run_json({"athlete", "remove", "134815", "--yes"});

  EXPECT_TRUE(removed["revoked"].asBool());
  EXPECT_FALSE(is_authorized());
  EXPECT_THAT(athletes(), IsEmpty());
}

TEST_F(HookspoolctlAthleteRemoveTest, AsksFirst) {
  const ProgramRun no =
      test::run_on_terminal(command({"athlete", "remove", "134815"}), "at Strava? [y/N] ", "\n");
  EXPECT_EQ(no.exit_code, code(ExitCode::kNoPermission));
  EXPECT_EQ(athletes().size(), 1U);
  EXPECT_TRUE(is_authorized());

  const ProgramRun yes =
      test::run_on_terminal(command({"athlete", "remove", "134815"}), "at Strava? [y/N] ", "y\n");
  EXPECT_EQ(yes.exit_code, 0) << yes.output;
  EXPECT_THAT(athletes(), IsEmpty());
}

TEST_F(HookspoolctlAthleteRemoveTest, WantsToBeToldThatItIsMeantWhereNobodyCanBeAsked) {
  const ProgramRun refused = run({"athlete", "remove", "134815"});
  EXPECT_EQ(refused.exit_code, code(ExitCode::kUsage));
  EXPECT_THAT(refused.errors, HasSubstr("--yes"));
  EXPECT_EQ(athletes().size(), 1U);
}

TEST_F(HookspoolctlAthleteRemoveTest, DeletesNothingIfStravaDoesNotRevoke) {
  strava_.set_switch("oauth_revoke_answer", "unavailable");
  const ProgramRun refused = run({"athlete", "remove", "134815", "--yes"});
  EXPECT_EQ(refused.exit_code, code(ExitCode::kTryAgain));
  EXPECT_THAT(refused.errors, HasSubstr("nothing was deleted"));
  EXPECT_EQ(athletes().size(), 1U);

  EXPECT_EQ(run({"athlete", "remove", "134815", "--yes", "--keep-grant"}).exit_code, 0);
  EXPECT_THAT(athletes(), IsEmpty());
  EXPECT_TRUE(is_authorized());
}

TEST_F(HookspoolctlAthleteRemoveTest, SaysThatThereIsNoSuchAthlete) {
  EXPECT_EQ(run({"athlete", "remove", "7", "--yes"}).exit_code, code(ExitCode::kNoInput));
}

}  // namespace
}  // namespace hookspool::ctl
