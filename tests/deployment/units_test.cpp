// systemd's own opinion of the units.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "deployment/machine.h"
#include "deployment/namespaces.h"
#include "e2e/program.h"

namespace hookspool::deployment {
namespace {

class Unit : public testing::TestWithParam<const char*> {};

TEST_P(Unit, IsExposedNoMoreThanTwo) {
  // In tenths; what is above makes it fail.
  const e2e::Finished judged =
      e2e::run({"systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20",
                std::filesystem::absolute(GetParam())});
  EXPECT_EQ(judged.exit_code, 0) << judged.output << judged.errors;
}

INSTANTIATE_TEST_SUITE_P(Each, Unit,
                         testing::Values("systemd/hookspool-receiver.service",
                                         "systemd/hookspool-fetcher.service",
                                         "systemd/hookspool-fetch.service"),
                         [](const auto& unit) {
                           std::string name = std::filesystem::path(unit.param).stem();
                           std::erase(name, '-');
                           return name;
                         });

/// What `make install` leaves for systemd, on a machine where systemd need not run.
class InstalledUnits : public testing::Test {
 protected:
  void SetUp() override {
    // The test cannot be made where it would change the machine that it runs on.
    if (!why_not_isolated().empty()) GTEST_SKIP() << why_not_isolated();
    machine_.emplace();
    const e2e::Finished installed =
        e2e::run({"make", "install", "DESTDIR=" + machine_->path("/").string(),
                  "BUILD=" + e2e::build_directory().string()});
    ASSERT_EQ(installed.exit_code, 0) << installed.errors;
    machine_->must({"systemd-sysusers"});
  }

  std::string owner(const std::string& path) const {
    return machine_->must({"stat", "-c", "%U:%G %a", path});
  }

  std::optional<Machine> machine_;
};

TEST_F(InstalledUnits, AreWhatSystemdUnderstands) {
  for (const char* unit :
       {"hookspool-receiver.socket", "hookspool-receiver.service", "hookspool-fetcher.service",
        "hookspool-fetch.timer", "hookspool-fetch.service"}) {
    const e2e::Finished verified = machine_->run({"systemd-analyze", "verify", unit});
    EXPECT_EQ(verified.exit_code, 0) << verified.errors;
    EXPECT_THAT(verified.errors, testing::Not(testing::HasSubstr("hookspool"))) << verified.errors;
  }
}

TEST_F(InstalledUnits, LinkToAPageThatIsThere) {
  const std::string unit =
      machine_->read("/usr/local/lib/systemd/system/hookspool-fetcher.service");
  const std::string scheme = "file://";
  const std::size_t begin = unit.find(scheme) + scheme.size();
  EXPECT_TRUE(
      std::filesystem::exists(machine_->path(unit.substr(begin, unit.find('\n', begin) - begin))));
}

/// At each boot, and at each upgrade of the package.
TEST_F(InstalledUnits, LeaveTheDirectoriesToTheUsersThatInitWasGiven) {
  const Machine::Command make_directories{"systemd-tmpfiles", "--create", "hookspool.conf"};
  machine_->must(make_directories);
  machine_->must({"useradd", "athlete"});
  machine_->write("/root/client-secret", "secret");
  machine_->must({"hookspoolctl", "init", "--user", "athlete", "--client-id", "1",
                  "--client-secret-file", "/root/client-secret", "--callback-url",
                  "https://www.example.org/strava/webhook"});
  for (int boot = 0; boot < 2; ++boot) {
    EXPECT_EQ(owner("/etc/hookspool"), "root:athlete 750\n");
    EXPECT_EQ(owner("/var/spool/hookspool"), "athlete:athlete 2770\n");
    EXPECT_EQ(owner("/var/lib/hookspool"), "athlete:athlete 750\n");
    machine_->must(make_directories);
  }
}

}  // namespace
}  // namespace hookspool::deployment
