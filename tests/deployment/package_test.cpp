// The Debian package on a bare Debian 12 with systemd: from installing to purging.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <stdexcept>

#include "base/file_content.h"
#include "deployment/booted_machine.h"
#include "deployment/namespaces.h"
#include "deployment/site.h"
#include "e2e/load.h"

namespace hookspool::deployment {
namespace {

using testing::HasSubstr;

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
    Machine::Command command{"hookspoolctl"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return booted_->run(as_user("hookspool", command), input);
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

  const BootedMachine& booted() const { return *booted_; }
  e2e::Finished remove() const { return booted_->run({"dpkg", "--remove", "hookspool"}); }
  e2e::Finished purge() const {
    const Machine::Command command{"env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--purge",
                                   "hookspool"};
    return booted_ ? booted_->run(command) : machine().run(command);
  }

 protected:
  void install() override {
    std::filesystem::copy_file(built_package(), machine().path("/root/hookspool.deb"));
    machine().must({"dpkg", "--install", "/root/hookspool.deb"});
  }
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
    booted_->must({"cp", shipped / "hookspool-location.conf", "/etc/nginx/snippets/"});
    booted_->must({"cp", shipped / "hookspool-server.conf", "/etc/nginx/sites-enabled/hookspool"});
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

  /// Who owns it, and its mode.
  std::string owner(const std::string& path) const {
    return site_->booted().must({"stat", "-c", "%U:%G %a", path});
  }

  std::optional<PackagedSite> site_;
};

TEST_F(DebianPackage, RunsInItsSandboxFromInstallationToPurge) {
  site_->set_up();
  EXPECT_EQ(owner("/var/spool/hookspool"), "hookspool-receiver:hookspool-receiver 2770\n");
  EXPECT_EQ(owner("/var/lib/hookspool"), "hookspool:hookspool 750\n");
  EXPECT_EQ(owner("/etc/hookspool/client-secret"), "root:hookspool 640\n");
  EXPECT_EQ(owner("/etc/hookspool/hookspool.toml"), "root:hookspool-receiver 640\n");

  // By the service, then by the timer's.
  const BootedMachine& booted = site_->booted();
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
      booted.must({"systemctl", "kill", "--signal=KILL", "hookspool-receiver.service"});
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

TEST_F(DebianPackage, StopsWhatRunsWhenItIsRemoved) {
  site_->set_up();
  const BootedMachine& booted = site_->booted();
  booted.must({"systemctl", "enable", "--now", "hookspool-fetcher.service"});
  EXPECT_EQ(site_->post(1), 200);
  ASSERT_FALSE(Site::receivers().empty());

  const e2e::Finished removed = site_->remove();

  EXPECT_EQ(removed.exit_code, 0) << removed.errors;
  for (const char* unit : {"hookspool-receiver.socket", "hookspool-receiver.service",
                           "hookspool-fetcher.service", "hookspool-fetch.timer"}) {
    EXPECT_NE(booted.run({"systemctl", "is-active", unit}).exit_code, 0) << unit;
  }
  EXPECT_TRUE(Site::receivers().empty());
  EXPECT_TRUE(Machine::processes("hookspool-fetcher").empty());
  EXPECT_NE(booted.run({"test", "-e", "/run/hookspool/hookspool.sock"}).exit_code, 0);
}

/// What the receiver's service may do, tried by a shell in its place.
TEST_F(DebianPackage, LetsTheReceiverReadNothingThatIsNotItsOwn) {
  site_->set_up();
  const BootedMachine& booted = site_->booted();
  booted.must({"systemctl", "start", "hookspool-receiver.service"});
  const std::string pid = booted.must(
      {"systemctl", "show", "--property=MainPID", "--value", "hookspool-receiver.service"});
  const auto as_receiver = [&](const std::string& command) {
    return booted
        .run({"nsenter", "--target=" + pid.substr(0, pid.find('\n')), "--mount", "--net", "--",
              "setpriv", "--reuid=hookspool-receiver", "--regid=hookspool-receiver",
              "--init-groups", "sh", "-c", command})
        .exit_code;
  };
  EXPECT_EQ(as_receiver("cat /etc/hookspool/verify-token"), 0);
  EXPECT_EQ(as_receiver("touch /var/spool/hookspool/tried && rm /var/spool/hookspool/tried"), 0);
  EXPECT_NE(as_receiver("cat /etc/hookspool/client-secret"), 0);
  EXPECT_NE(as_receiver("ls /var/lib/hookspool"), 0);
  EXPECT_NE(as_receiver("touch /tmp/../var/tmp/x /etc/x"), 0);
  EXPECT_NE(as_receiver("exec 3<>/dev/tcp/127.0.0.1/443"), 0);
}

TEST_F(DebianPackage, TakesEverythingWithItWhenNothingWasKept) {
  const Machine& machine = site_->machine();
  std::filesystem::copy_file(built_package(), machine.path("/root/hookspool.deb"));
  machine.must({"dpkg", "--install", "/root/hookspool.deb"});
  for (const char* file :
       {"/usr/bin/hookspoolctl", "/usr/bin/hookspool-fetcher", "/usr/lib/hookspool/hookspool.fcgi",
        "/lib/systemd/system/hookspool-receiver.socket", "/usr/share/man/man1/hookspoolctl.1.gz",
        "/usr/share/doc/hookspool/docs/hookspool.toml.example"}) {
    EXPECT_TRUE(std::filesystem::exists(machine.path(file))) << file;
  }
  EXPECT_EQ(machine.run({"hookspoolctl", "--version"}).exit_code, 0);
  // The second time, as an upgrade does it.
  machine.must({"dpkg", "--install", "/root/hookspool.deb"});
  const e2e::Finished purged = site_->purge();
  EXPECT_EQ(purged.exit_code, 0) << purged.errors;
  for (const char* path : {"/etc/hookspool", "/var/spool/hookspool", "/var/lib/hookspool"}) {
    EXPECT_FALSE(std::filesystem::exists(machine.path(path))) << path;
  }
  EXPECT_NE(machine.run({"getent", "passwd", "hookspool", "hookspool-receiver"}).exit_code, 0);
}

}  // namespace
}  // namespace hookspool::deployment
