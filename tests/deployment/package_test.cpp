// The Debian package on a bare Debian 12 with systemd: from installing to purging.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <thread>

#include "base/file_content.h"
#include "deployment/booted_machine.h"
#include "deployment/namespaces.h"
#include "deployment/site.h"
#include "e2e/load.h"

namespace hookspool::deployment {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::filesystem::path debian_12() {
  return e2e::build_directory() / "debian-12";
}

std::filesystem::path built_package() {
  for (const auto& entry : std::filesystem::directory_iterator(e2e::build_directory() / "deb")) {
    if (entry.path().filename().string().starts_with("hookspool_") &&
        entry.path().extension() == ".deb") {
      return entry.path();
    }
  }
  throw std::runtime_error("run make deb first");
}

/// What `apt-get install` of the package and the manual pages' words make, under systemd.
class PackagedSite final : public Site {
 public:
  PackagedSite() : Site(debian_12()) {}

  std::string callback_url() const override { return "https://www.example.org/strava/webhook"; }
  std::filesystem::path spool() const override { return machine().path("/var/spool/hookspool"); }
  e2e::Finished ctl(const Machine::Command& arguments, const std::string& input) const override {
    // As README.md and `hookspoolctl init` say it.
    Machine::Command command{"runuser", "-u", "hookspool", "--", "hookspoolctl"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return booted_->run(command, input);
  }
  /// By the service, so this only waits for it.
  e2e::Finished fetch() const override {
    return booted_->run({"systemctl", "start", "hookspool-fetch.service"});
  }
  e2e::Finished doctor() const override { return booted_->run({"hookspoolctl", "doctor"}); }

  void start_web_server() override {
    booted_->must({"systemctl", "start", "nginx"});
    wait_for_web_server();
  }
  void reload_web_server() override { booted_->must({"systemctl", "reload", "nginx"}); }
  void lose_receivers() override {
    booted_->must({"systemctl", "stop", "hookspool-receiver.socket", "hookspool-receiver.service"});
  }

  void install() override {
    std::filesystem::copy_file(built_package(), machine().path("/root/hookspool.deb"),
                               std::filesystem::copy_options::overwrite_existing);
    machine().must({"dpkg", "--install", "/root/hookspool.deb"});
  }

  const BootedMachine& booted() const { return *booted_; }
  void install_again() const { booted_->must({"dpkg", "--install", "/root/hookspool.deb"}); }
  e2e::Finished remove() const { return booted_->run({"dpkg", "--remove", "hookspool"}); }
  e2e::Finished purge() const {
    const Machine::Command command{"env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--purge",
                                   "hookspool"};
    return booted_ ? booted_->run(command) : machine().run(command);
  }

 protected:
  void configure() override {
    booted_.emplace(machine());
    machine().write("/root/client-secret", e2e::Strava::kClientSecret);
    Machine::Command init{"hookspoolctl"};
    const Machine::Command options = init_options("/root/client-secret");
    init.insert(init.end(), options.begin(), options.end());
    booted_->must(init);
    booted_->must({"systemctl", "enable", "--now", "hookspool-receiver.socket"});
  }
  void configure_web_server() override {
    const std::filesystem::path shipped = "/usr/share/doc/hookspool/nginx";
    booted_->must({"cp", shipped / "hookspool-upstream.conf", "/etc/nginx/conf.d/hookspool.conf"});
    booted_->must({"cp", shipped / "hookspool-location.conf", "/etc/nginx/"});
    booted_->must({"cp", shipped / "hookspool-server.conf", "/etc/nginx/conf.d/strava.conf"});
  }

 private:
  std::optional<BootedMachine> booted_;
};

class DebianPackage : public testing::Test {
 protected:
  void SetUp() override {
    // The test cannot be made where it would change the machine that it runs on.
    if (!why_not_isolated().empty()) GTEST_SKIP() << why_not_isolated();
    if (!std::filesystem::exists(debian_12() / "complete")) {
      GTEST_SKIP() << "there is no Debian 12 in " << debian_12()
                   << "; scripts/check makes it with debootstrap, and says what is in the way";
    }
    site_.emplace();
  }

  std::optional<PackagedSite> site_;
};

/// The package, set up under systemd, and in use. What is left where that cannot boot is
/// systemd-analyze, in units_test.cpp.
class RunningDebianPackage : public DebianPackage {
 protected:
  void SetUp() override {
    DebianPackage::SetUp();
    if (IsSkipped()) return;
    try {
      site_->set_up();
    } catch (const CannotBoot& obstacle) {
      GTEST_SKIP() << obstacle.what();
    }
  }

  const BootedMachine& booted() const { return site_->booted(); }
  std::string property(const std::string& unit, const std::string& name) const {
    const std::string line =
        booted().must({"systemctl", "show", "--property=" + name, "--value", unit});
    return line.substr(0, line.find('\n'));
  }
  bool is_active(const std::string& unit) const {
    return booted().run({"systemctl", "is-active", unit}).exit_code == 0;
  }
  /// Who owns it, and its mode.
  std::string owner(const std::string& path) const {
    return booted().must({"stat", "-c", "%U:%G %a", path});
  }
};

TEST_F(RunningDebianPackage, RunsInItsSandboxFromInstallationToPurge) {
  EXPECT_EQ(owner("/var/spool/hookspool"), "hookspool-receiver:hookspool-receiver 2770\n");
  EXPECT_EQ(owner("/var/lib/hookspool"), "hookspool:hookspool 750\n");
  EXPECT_EQ(owner("/etc/hookspool/client-secret"), "root:hookspool 640\n");
  EXPECT_EQ(owner("/etc/hookspool/hookspool.toml"), "root:hookspool-receiver 640\n");

  // By the service, then by the timer's.
  const BootedMachine& booted = this->booted();
  booted.must({"systemctl", "enable", "--now", "hookspool-fetcher.service"});
  const std::int64_t first = site_->strava().create_activity();
  EXPECT_TRUE(e2e::eventually([&] { return site_->stored().contains(first); }))
      << booted.run({"journalctl", "-u", "hookspool*"}).output;
  booted.must({"systemctl", "disable", "--now", "hookspool-fetcher.service"});
  booted.must({"systemctl", "enable", "--now", "hookspool-fetch.timer"});
  const std::int64_t second = site_->strava().create_activity();
  site_->strava().wait_for_deliveries();
  EXPECT_EQ(site_->fetch().exit_code, 0);
  EXPECT_TRUE(site_->stored().contains(second));
  booted.must({"systemctl", "disable", "--now", "hookspool-fetch.timer"});

  const e2e::Finished doctor = site_->doctor();
  EXPECT_EQ(doctor.exit_code, 0) << doctor.output;

  {
    e2e::Load load([this](std::int64_t id) { return site_->post(id); }, 4);
    for (int round = 0; round < 3; ++round) {
      load.wait_for_more(20);
      booted.must({"systemctl", "restart", "hookspool-receiver.service"});
      load.wait_for_more(20);
      site_->reload_web_server();
      load.wait_for_more(20);
      booted.must(
          {"systemctl", "kill", "--kill-whom=main", "--signal=KILL", "hookspool-receiver.service"});
    }
    load.wait_for_more(20);
    e2e::expect_no_loss(load.stop(), site_->spool());
  }

  // Events wait: nobody is there to be asked, so they stay.
  const e2e::Finished purged = site_->purge();
  EXPECT_EQ(purged.exit_code, 0) << purged.errors;
  EXPECT_THAT(purged.errors + purged.output, HasSubstr("kept: /var/spool/hookspool"));
  EXPECT_FALSE(std::filesystem::is_empty(site_->spool() / "sealed"));
  EXPECT_FALSE(std::filesystem::exists(site_->machine().path("/etc/hookspool")));
  EXPECT_FALSE(std::filesystem::exists(site_->machine().path("/usr/bin/hookspoolctl")));
}

TEST_F(RunningDebianPackage, LetsSystemdReadTheNewUnitsAtAnUpgrade) {
  const std::string unit = "hookspool-fetch.timer";
  // deb-systemd-helper tells systemd itself when it finds a unit enabled that was not before.
  site_->install_again();
  const std::string file = "/lib/systemd/system/" + unit;
  booted().must({"sh", "-c", "echo '# of the version before' >>" + file});
  booted().must({"touch", "--date=2020-01-01", file});
  booted().must({"systemctl", "daemon-reload"});
  booted().must({"systemctl", "start", unit});

  site_->install_again();

  EXPECT_EQ(property(unit, "NeedDaemonReload"), "no");
}

TEST_F(RunningDebianPackage, KeepsTheSocketOpenOverAnUpgrade) {
  EXPECT_EQ(site_->post(1), 200);
  const std::string receiver = property("hookspool-receiver.service", "MainPID");
  const std::string opened = property("hookspool-receiver.socket", "ActiveEnterTimestampMonotonic");
  std::atomic<int> refused = 0;
  // Four of them stay below the rate that nginx/hookspool-server.conf allows, however long dpkg
  // takes.
  constexpr std::chrono::milliseconds kBetweenPosts{50};
  e2e::Load load(
      [&](std::int64_t id) {
        std::this_thread::sleep_for(kBetweenPosts);
        const int status = site_->post(id);
        if (status != 200) ++refused;
        return status;
      },
      4);
  load.wait_for_more(20);

  site_->install_again();

  load.wait_for_more(20);
  e2e::expect_no_loss(load.stop(), site_->spool());
  EXPECT_EQ(refused, 0);
  EXPECT_NE(property("hookspool-receiver.service", "MainPID"), receiver) << "it is the old one";
  EXPECT_EQ(property("hookspool-receiver.socket", "ActiveEnterTimestampMonotonic"), opened);
}

TEST_F(RunningDebianPackage, StopsWhatRunsWhenItIsRemoved) {
  const BootedMachine& booted = this->booted();
  booted.must({"systemctl", "enable", "--now", "hookspool-fetcher.service"});
  EXPECT_EQ(site_->post(1), 200);
  ASSERT_FALSE(Site::receivers().empty());

  const e2e::Finished removed = site_->remove();

  EXPECT_EQ(removed.exit_code, 0) << removed.errors;
  for (const char* unit : {"hookspool-receiver.socket", "hookspool-receiver.service",
                           "hookspool-fetcher.service", "hookspool-fetch.timer"}) {
    EXPECT_FALSE(is_active(unit)) << unit;
  }
  EXPECT_TRUE(Site::receivers().empty());
  EXPECT_TRUE(Machine::processes("hookspool-fetcher").empty());
  EXPECT_NE(booted.run({"test", "-e", "/run/hookspool/hookspool.sock"}).exit_code, 0);
}

TEST_F(RunningDebianPackage, StartsWhatIsEnabledWhenItIsInstalledAgain) {
  booted().must({"systemctl", "enable", "--now", "hookspool-fetcher.service"});
  ASSERT_EQ(site_->remove().exit_code, 0);
  ASSERT_FALSE(is_active("hookspool-receiver.socket"));

  site_->install_again();

  EXPECT_TRUE(is_active("hookspool-fetcher.service"));
  EXPECT_FALSE(is_active("hookspool-fetch.timer")) << "nobody enabled it";
  EXPECT_EQ(site_->post(1), 200);

  // The other way to fetch.
  booted().must({"systemctl", "disable", "--now", "hookspool-fetcher.service"});
  booted().must({"systemctl", "enable", "hookspool-fetch.timer"});
  ASSERT_EQ(site_->remove().exit_code, 0);
  site_->install_again();
  EXPECT_TRUE(is_active("hookspool-fetch.timer"));
  EXPECT_FALSE(is_active("hookspool-fetcher.service"));
}

/// Both enabled is nobody's intention, but what runs is.
TEST_F(RunningDebianPackage, EndsNoWayToFetchForTheOtherAtAnUpgrade) {
  booted().must({"systemctl", "enable", "--now", "hookspool-fetch.timer"});
  booted().must({"systemctl", "enable", "hookspool-fetcher.service"});

  site_->install_again();

  EXPECT_TRUE(is_active("hookspool-fetch.timer"));
  EXPECT_FALSE(is_active("hookspool-fetcher.service"));
}

TEST_F(RunningDebianPackage, GoesOnWhenItsRemovalFails) {
  booted().must({"systemctl", "enable", "--now", "hookspool-fetcher.service"});
  booted().must({"sh", "-c", "echo exit 1 >>/var/lib/dpkg/info/hookspool.prerm"});

  ASSERT_NE(site_->remove().exit_code, 0);

  EXPECT_TRUE(is_active("hookspool-fetcher.service"));
  EXPECT_EQ(site_->post(1), 200);
}

TEST_F(RunningDebianPackage, LetsTheReceiverTakeFromItselfWhatServingDoesNotNeed) {
  if (::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 2) {
    GTEST_SKIP() << "this kernel has no Landlock that lets files be moved";
  }
  EXPECT_EQ(site_->post(1), 200);
  const std::string log = booted().must(
      {"journalctl", "--output=cat", "--unit=hookspool-receiver.service", "--no-pager"});
  EXPECT_THAT(log, HasSubstr("Started hookspool-receiver.service"));
  EXPECT_THAT(log, Not(HasSubstr("serving without")));
}

/// What the receiver's service may do, tried by a shell in its place. Each thing that it must not
/// do is one that its user could do elsewhere.
TEST_F(RunningDebianPackage, LetsTheReceiverReachNothingThatIsNotItsOwn) {
  booted().must({"systemctl", "start", "hookspool-receiver.service"});
  const Machine::Command inside{"nsenter",
                                "--target=" + property("hookspool-receiver.service", "MainPID"),
                                "--mount", "--net", "--"};
  const auto as_receiver = [&](Machine::Command command, const std::string& script) {
    const Machine::Command shell = as_user("hookspool-receiver", {"bash", "-c", script});
    command.insert(command.end(), shell.begin(), shell.end());
    return booted().run(command).exit_code;
  };
  EXPECT_EQ(as_receiver(inside, "cat /etc/hookspool/verify-token"), 0);
  EXPECT_EQ(as_receiver(inside, "cd /var/spool/hookspool && touch tried && rm tried"), 0);
  EXPECT_NE(as_receiver(inside, "cat /etc/hookspool/client-secret"), 0);

  booted().must({"install", "-d", "-m", "777", "/srv/everybodys", "/home/everybodys"});
  booted().must({"chmod", "755", "/var/lib/hookspool"});
  for (const char* script : {"touch /srv/everybodys/file", "ls /home/everybodys",
                             "ls /var/lib/hookspool", "exec 3<>/dev/tcp/127.0.0.1/443"}) {
    EXPECT_EQ(as_receiver({}, script), 0) << script;
    EXPECT_NE(as_receiver(inside, script), 0) << script;
  }
}

/// The package, installed and never started.
class PurgedDebianPackage : public DebianPackage {
 protected:
  void SetUp() override {
    DebianPackage::SetUp();
    if (!IsSkipped()) site_->install();
  }

  const Machine& machine() const { return site_->machine(); }

  void spool_segments(int count) const {
    for (int i = 0; i < count; ++i) {
      machine().write("/var/spool/hookspool/sealed/a-segment-with-a-long-name-" + std::to_string(i),
                      "a record\n");
    }
  }
  /// As a person answers it, or an administrator before.
  void answer(const std::string& question, const char* answer) const {
    machine().must({"debconf-set-selections"},
                   "hookspool hookspool/" + question + " boolean " + answer + "\n");
  }
  bool exists(const char* path) const { return std::filesystem::exists(machine().path(path)); }
};

TEST_F(PurgedDebianPackage, TakesEverythingWithItWhenNothingWasKept) {
  for (const char* file :
       {"/usr/bin/hookspoolctl", "/usr/bin/hookspool-fetcher", "/usr/lib/hookspool/hookspool.fcgi",
        "/lib/systemd/system/hookspool-receiver.socket", "/usr/share/man/man1/hookspoolctl.1.gz",
        "/usr/share/doc/hookspool/README.md", "/usr/share/doc/hookspool/docs/deployment.md",
        "/usr/share/doc/hookspool/docs/hookspool.toml.example"}) {
    EXPECT_TRUE(exists(file)) << file;
  }
  EXPECT_EQ(machine().run({"hookspoolctl", "--version"}).exit_code, 0);
  // The second time, as an upgrade does it.
  site_->install();
  // By docs/deployment.md; not of every machine.
  const std::initializer_list<const char*> made_by_people{"/etc/tmpfiles.d/hookspool.conf",
                                                          "/var/log/hookspool.log"};
  for (const char* path : made_by_people) std::ofstream(machine().path(path)) << "here\n";
  const e2e::Finished purged = site_->purge();
  EXPECT_EQ(purged.exit_code, 0) << purged.errors;
  for (const char* path : made_by_people) EXPECT_FALSE(exists(path)) << path;
  for (const char* path : {"/etc/hookspool", "/var/spool/hookspool", "/var/lib/hookspool"}) {
    EXPECT_FALSE(exists(path)) << path;
  }
  EXPECT_NE(machine().run({"getent", "passwd", "hookspool", "hookspool-receiver"}).exit_code, 0);
}

/// docs/deployment.md puts it there where the web server starts receivers itself.
TEST_F(PurgedDebianPackage, TakesTheGroupWithItThatTheWebServerIsIn) {
  machine().must({"usermod", "-aG", "hookspool-receiver", "www-data"});
  const e2e::Finished purged = site_->purge();
  EXPECT_EQ(purged.exit_code, 0) << purged.errors;
  EXPECT_NE(machine().run({"getent", "group", "hookspool"}).exit_code, 0);
  EXPECT_NE(machine().run({"getent", "group", "hookspool-receiver"}).exit_code, 0);
  EXPECT_EQ(machine().must({"id", "--name", "--groups", "www-data"}), "www-data\n");
}

/// Their names together are longer than what a command takes.
TEST_F(PurgedDebianPackage, KeepsThirtyThousandSegments) {
  spool_segments(30'000);
  const e2e::Finished purged = site_->purge();
  EXPECT_EQ(purged.exit_code, 0) << purged.errors;
  EXPECT_THAT(purged.errors, HasSubstr("kept: /var/spool/hookspool"));
  EXPECT_FALSE(std::filesystem::is_empty(site_->spool() / "sealed"));
}

/// Stands for a file system that has faults.
TEST_F(PurgedDebianPackage, KeepsWhatCannotBeCounted) {
  spool_segments(1);
  machine().write("/usr/local/bin/awk", "#!/bin/sh\nexit 2\n");
  machine().must({"chmod", "755", "/usr/local/bin/awk"});
  EXPECT_EQ(site_->purge().exit_code, 0);
  EXPECT_FALSE(std::filesystem::is_empty(site_->spool() / "sealed"));
}

TEST_F(PurgedDebianPackage, RemovesEventsAndActivitiesForWhoeverAgrees) {
  EXPECT_THAT(
      machine().must({"debconf-show", "hookspool"}),
      AllOf(HasSubstr("hookspool/purge-spool: false"), HasSubstr("hookspool/purge-store: false")));
  spool_segments(3);
  machine().write("/var/lib/hookspool/hookspool.db", "activities");
  answer("purge-spool", "true");
  answer("purge-store", "true");
  const e2e::Finished purged = site_->purge();
  EXPECT_EQ(purged.exit_code, 0) << purged.errors;
  EXPECT_FALSE(exists("/var/spool/hookspool"));
  EXPECT_FALSE(exists("/var/lib/hookspool"));
  EXPECT_NE(machine().run({"getent", "passwd", "hookspool"}).exit_code, 0);
}

TEST_F(PurgedDebianPackage, KeepsEventsAndActivitiesForWhoeverDoesNotAgree) {
  spool_segments(3);
  machine().write("/var/lib/hookspool/hookspool.db", "activities");
  answer("purge-spool", "true");
  answer("purge-store", "false");
  const e2e::Finished purged = site_->purge();
  EXPECT_EQ(purged.exit_code, 0) << purged.errors;
  EXPECT_THAT(purged.errors, HasSubstr("kept: /var/lib/hookspool,"));
  EXPECT_FALSE(exists("/var/spool/hookspool"));
  EXPECT_TRUE(exists("/var/lib/hookspool/hookspool.db"));
  EXPECT_EQ(machine().run({"getent", "passwd", "hookspool"}).exit_code, 0);
}

TEST_F(PurgedDebianPackage, EmptiesASpoolThatIsAMountPoint) {
  const std::filesystem::path spool = site_->spool();
  ASSERT_EQ(::mount("tmpfs", spool.c_str(), "tmpfs", 0, "mode=2770"), 0);
  machine().write("/var/spool/hookspool/lock", "");
  const e2e::Finished purged = site_->purge();
  EXPECT_EQ(purged.exit_code, 0) << purged.errors;
  EXPECT_TRUE(std::filesystem::is_empty(spool));
  EXPECT_EQ(machine().run({"dpkg-query", "--show", "hookspool"}).exit_code, 1);
}

}  // namespace
}  // namespace hookspool::deployment
