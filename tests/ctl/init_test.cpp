// hookspoolctl init

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/exit_code.h"
#include "base/file_content.h"
#include "config/config_file.h"
#include "ctl/set_up.h"
#include "support/program_run.h"
#include "support/temporary_directory.h"

namespace hookspool::ctl {
namespace {

using test::ProgramRun;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kSecret = "c11ent-s3cret";

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

class HookspoolctlInitTest : public testing::Test {
 protected:
  HookspoolctlInitTest() {
    std::ofstream(directory_ / "given-secret") << kSecret << "\n";
    options_ = {"--client-secret-file",
                directory_ / "given-secret",
                "--client-id",
                "4711",
                "--callback-url",
                "https://www.example.org/strava/webhook",
                "--directory",
                configuration_.parent_path(),
                "--spool",
                directory_ / "data/spool",
                "--store",
                directory_ / "data/store/hookspool.db"};
  }

  std::vector<std::string> command(std::vector<std::string> options) const {
    std::vector<std::string> command{test::built_program("hookspoolctl"), "init"};
    command.insert(command.end(), options.begin(), options.end());
    const bool names_user = std::find(options.begin(), options.end(), "--user") != options.end();
    // The only user that surely is there.
    if (::geteuid() == 0 && !names_user) command.insert(command.end(), {"--user", "nobody"});
    return command;
  }

  /// Runs it, and sees that it does not tell the secret.
  ProgramRun init(std::vector<std::string> more = {}) {
    more.insert(more.begin(), options_.begin(), options_.end());
    ProgramRun run = test::run_program(command(more));
    EXPECT_THAT(run.output + run.errors, Not(HasSubstr(kSecret)));
    return run;
  }

  const test::TemporaryDirectory directory_;
  const std::filesystem::path configuration_ = directory_ / "etc/hookspool.toml";
  std::vector<std::string> options_;
};

TEST_F(HookspoolctlInitTest, WritesAConfigurationThatTheProgramsTake) {
  const ProgramRun run = init();

  EXPECT_EQ(run.exit_code, 0) << run.errors;
  const config::ConfigFile file(configuration_);
  EXPECT_EQ(file.strava().client_id, 4711);
  EXPECT_EQ(file.strava().client_secret.reveal(), kSecret);
  EXPECT_EQ(file.strava().callback_url, "https://www.example.org/strava/webhook");
  EXPECT_EQ(file.receiver().spool, directory_ / "data/spool");
  EXPECT_EQ(file.receiver().verify_token.reveal().size(), 32U);
  EXPECT_EQ(file.store().url, "sqlite:" + (directory_ / "data/store/hookspool.db").string());
  EXPECT_TRUE(file.warnings().empty());
  EXPECT_THAT(run.output, Not(HasSubstr(file.receiver().verify_token.reveal())));
}

TEST_F(HookspoolctlInitTest, GivesEverythingTheRightOwnersAndModes) {
  ASSERT_EQ(init().exit_code, 0);

  const bool for_service = ::geteuid() == 0;
  for (const char* name : {"hookspool.toml", "client-secret", "verify-token"}) {
    EXPECT_EQ(mode_of(directory_ / "etc" / name), for_service ? 0640 : 0600) << name;
  }
  EXPECT_EQ(mode_of(directory_ / "etc"), for_service ? 0750 : 0700);
  EXPECT_EQ(mode_of(directory_ / "data/spool"), for_service ? 02770 : 0700);
  EXPECT_EQ(mode_of(directory_ / "data/store"), for_service ? 0750 : 0700);
  if (!for_service) return;
  const User nobody = user_named("nobody");
  EXPECT_EQ(owner_of_first({directory_ / "data/spool"})->uid, nobody.uid);
  EXPECT_EQ(owner_of_first({directory_ / "data/store"})->uid, nobody.uid);
  EXPECT_EQ(owner_of_first({configuration_})->uid, 0U) << "which the service cannot change";
}

TEST_F(HookspoolctlInitTest, PrintsWhatComesNext) {
  const ProgramRun nginx = init();
  EXPECT_THAT(nginx.output, HasSubstr("location ^~ /strava/webhook {"));
  EXPECT_THAT(nginx.output, HasSubstr("subscribe"));
  EXPECT_THAT(init({"--force", "--web-server", "apache"}).output,
              HasSubstr("<Location \"/strava/webhook\">"));
  EXPECT_THAT(init({"--force", "--web-server", "none"}).output, Not(HasSubstr("location")));
}

/// Not by sudo, which a Debian whose root has a password does not have.
TEST_F(HookspoolctlInitTest, LetsRootRunCommandsAsTheFetchersUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "root alone sets up for a service";
  EXPECT_THAT(init().output, AllOf(HasSubstr("    runuser -u nobody -- "), Not(HasSubstr("sudo"))));
}

/// Which no search path finds.
TEST_F(HookspoolctlInitTest, PrintsCommandsWithTheDirectoryThatItWasStartedFrom) {
  const std::string here =
      std::filesystem::canonical(test::built_program("hookspoolctl")).parent_path();
  const ProgramRun run = init({"--web-server", "lighttpd"});
  EXPECT_THAT(run.output,
              HasSubstr(here + "/hookspoolctl --config " + configuration_.string() + " doctor"));
  EXPECT_THAT(run.output, HasSubstr("\"" + here + "/hookspool.fcgi\""));
  if (::geteuid() != 0) {
    EXPECT_THAT(run.output, HasSubstr("*/5 * * * * " + here + "/hookspool-fetcher --once"));
  }
}

TEST_F(HookspoolctlInitTest, AddsASecretPathOnRequest) {
  const ProgramRun run = init({"--secret-path"});

  const std::string url = config::ConfigFile(configuration_).strava().callback_url;
  EXPECT_EQ(url.size(), std::string("https://www.example.org/strava/webhook/").size() + 32);
  EXPECT_THAT(run.output, HasSubstr("location ^~ " + url.substr(url.find("/strava")) + " {"));
}

TEST_F(HookspoolctlInitTest, OverwritesNothingUnasked) {
  ASSERT_EQ(init().exit_code, 0);
  const std::string before = read_file(directory_ / "etc/verify-token");

  const ProgramRun refused = init();
  EXPECT_EQ(refused.exit_code, static_cast<int>(ExitCode::kCannotCreate));
  EXPECT_THAT(refused.errors, HasSubstr("--force"));
  EXPECT_EQ(read_file(directory_ / "etc/verify-token"), before);

  EXPECT_EQ(init({"--force"}).exit_code, 0);
  EXPECT_NE(read_file(directory_ / "etc/verify-token"), before);
  EXPECT_EQ(read_file(directory_ / "etc/verify-token.bak"), before);
  EXPECT_EQ(mode_of(directory_ / "etc/verify-token.bak"), 0600U);
}

TEST_F(HookspoolctlInitTest, SaysWhichAnswerIsWrong) {
  const auto with = [&](const std::string& option, const std::string& value) {
    std::vector<std::string> options = options_;
    for (std::size_t i = 0; i + 1 < options.size(); i += 2) {
      if (options[i] == option) options[i + 1] = value;
    }
    const ProgramRun run = test::run_program(command(options));
    EXPECT_EQ(run.exit_code, static_cast<int>(ExitCode::kUsage)) << option;
    EXPECT_THAT(run.errors, HasSubstr(option));
    EXPECT_FALSE(std::filesystem::exists(configuration_));
  };
  with("--client-id", "abc");
  with("--client-id", "-1");
  with("--callback-url", "www.example.org/hook");
  with("--callback-url", "https://www.example.org/");
  with("--callback-url", "https://www.example.org/hook?key=1");
  with("--spool", "spool");
}

TEST_F(HookspoolctlInitTest, SaysWhatIsMissingWhereNobodyCanBeAsked) {
  const ProgramRun run = test::run_program(command({}));
  EXPECT_EQ(run.exit_code, static_cast<int>(ExitCode::kUsage));
  EXPECT_THAT(run.errors, HasSubstr("--client-id is missing"));
}

TEST_F(HookspoolctlInitTest, TellsRootHowToMakeTheUser) {
  if (::geteuid() != 0) return;
  const ProgramRun run = init({"--user", "no-such-user"});
  EXPECT_EQ(run.exit_code, static_cast<int>(ExitCode::kUsage));
  EXPECT_THAT(run.errors, HasSubstr("systemd-sysusers"));
}

TEST_F(HookspoolctlInitTest, AsksAPerson) {
  const std::string here = directory_.path().string();
  const ProgramRun run =
      test::run_dialogue(command({}), {{"Client id", "my id\n"},
                                       {"is a number", ""},
                                       {"Client id", "4711\n"},
                                       {"client secret: ", std::string(kSecret) + "\n"},
                                       {"Callback URL", "https://www.example.org/hook\n"},
                                       {"Directory of hookspool.toml [", here + "/etc\n"},
                                       {"Spool directory [", here + "/spool\n"},
                                       {"Database file [", here + "/db/hookspool.db\n"}});

  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.output, Not(HasSubstr(kSecret)));
  EXPECT_EQ(config::ConfigFile(configuration_).strava().client_secret.reveal(), kSecret);
}

TEST_F(HookspoolctlInitTest, AsksBeforeItReplaces) {
  ASSERT_EQ(init().exit_code, 0);
  const std::string before = read_file(configuration_);
  const ProgramRun run = test::run_on_terminal(command(options_), "[y/N] ", "\n");

  EXPECT_EQ(run.exit_code, static_cast<int>(ExitCode::kNoPermission));
  EXPECT_EQ(read_file(configuration_), before);
}

TEST(TmpfilesText, KeepsTheUsualDirectoriesForOtherUsersThanTheUnits) {
  ctl::SetUp set_up;
  set_up.directory = "/etc/hookspool";
  set_up.spool = "/var/spool/hookspool";
  set_up.database = "/srv/data/hookspool.db";
  EXPECT_EQ(tmpfiles_text(set_up), "");

  set_up.users = {{"athlete", 1001, 1002}, {"www-data", 33, 34}};
  EXPECT_THAT(tmpfiles_text(set_up), testing::EndsWith("d /etc/hookspool 0750 0 34 -\n"
                                                       "d /var/spool/hookspool 2770 33 34 -\n"));
  set_up.database = "/var/lib/hookspool/hookspool.db";
  EXPECT_THAT(tmpfiles_text(set_up), HasSubstr("d /var/lib/hookspool 0750 1001 1002 -\n"));
}

TEST(ConfigurationText, QuotesWhatTomlWouldRead) {
  const test::TemporaryDirectory directory;
  ctl::SetUp set_up;
  set_up.client_id = 1;
  set_up.spool = "/a \"spool\"\\with\n'everything'";
  set_up.callback_url = "https://example.org/'";
  set_up.database = "/x";
  std::ofstream(directory / "hookspool.toml") << configuration_text(set_up);
  std::ofstream(directory / "verify-token") << "t";
  std::ofstream(directory / "client-secret") << "s";

  const config::ConfigFile file(directory / "hookspool.toml");
  EXPECT_EQ(file.spool(), set_up.spool);
  EXPECT_EQ(file.strava().callback_url, set_up.callback_url);
}

}  // namespace
}  // namespace hookspool::ctl
