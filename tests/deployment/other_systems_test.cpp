// What `hookspoolctl init` says to root, by what runs on the machine.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "base/file_content.h"
#include "deployment/machine.h"
#include "deployment/namespaces.h"
#include "e2e/program.h"

namespace hookspool::deployment {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class InitForAService : public testing::Test {
 protected:
  void SetUp() override {
    if (!why_not_isolated().empty()) GTEST_SKIP() << why_not_isolated();
    machine_.emplace();
    machine_->write("/root/client-secret", "secret");
    // By which programs know that systemd runs.
    std::filesystem::create_directories(machine_->path("/run/systemd/system"));
    machine_->must({"useradd", "athlete"});
    std::filesystem::copy_file(e2e::build_directory() / "hookspoolctl",
                               machine_->path("/usr/bin/hookspoolctl"));
  }

  std::string init(const std::string& web_server) const {
    return machine_->must({"hookspoolctl", "init", "--force", "--user", "athlete", "--client-id",
                           "1", "--client-secret-file", "/root/client-secret", "--callback-url",
                           "https://www.example.org/strava/webhook", "--web-server", web_server});
  }

  std::optional<Machine> machine_;
};

TEST_F(InitForAService, LeavesTheSocketOutWhereTheWebServerStartsReceivers) {
  for (const char* spawning : {"apache-fcgid", "apache-cgi", "lighttpd"}) {
    EXPECT_THAT(init(spawning), AllOf(HasSubstr("usermod -aG athlete www-data"),
                                      HasSubstr("doctor --web-user www-data\n"),
                                      HasSubstr("enable --now hookspool-fetcher.service\n")))
        << spawning;
  }
  for (const char* connecting : {"nginx", "apache", "caddy"}) {
    EXPECT_THAT(init(connecting), AllOf(HasSubstr("enable --now hookspool-receiver.socket "
                                                  "hookspool-fetcher.service\n"),
                                        HasSubstr("doctor\n")))
        << connecting;
  }
}

TEST_F(InitForAService, StartsEverythingWithoutSystemd) {
  std::filesystem::remove_all(machine_->path("/run/systemd"));
  const std::string nginx = init("nginx");
  EXPECT_THAT(nginx, Not(HasSubstr("systemctl")));
  EXPECT_THAT(nginx,
              HasSubstr("    install -d -m 2750 -o athlete -g www-data /run/hookspool   # these "
                        "two at each boot\n    setsid runuser -u athlete -- "));
  EXPECT_THAT(nginx, HasSubstr("/hookspool.fcgi \\\n      --socket /run/hookspool/hookspool.sock "
                               "</dev/null >>/var/log/hookspool.log 2>&1 &\n"
                               "    crontab -u athlete -e   # */5 * * * * /"));
  // As the page has them.
  EXPECT_THAT(read_file("docs/deployment.md"),
              HasSubstr(" \\\n      --socket /run/hookspool/hookspool.sock "
                        "</dev/null >>/var/log/hookspool.log 2>&1 &\n"));
  const std::string fcgid = init("apache-fcgid");
  EXPECT_THAT(fcgid, AllOf(HasSubstr("    crontab -u athlete -e"), Not(HasSubstr("--socket"))));
}

TEST_F(InitForAService, HasAWebServerWithAnotherUser) {
  machine_->must({"userdel", "www-data"});
  machine_->must({"useradd", "apache"});
  EXPECT_THAT(init("apache-fcgid"),
              AllOf(HasSubstr("usermod -aG athlete apache,"), HasSubstr("CustomLog logs/"),
                    HasSubstr("doctor --web-user apache\n"), Not(HasSubstr("www-data"))));
  EXPECT_THAT(init("apache"), HasSubstr("    systemctl edit hookspool-receiver.socket   # [Socket] "
                                        "SocketGroup=apache\n"));
  EXPECT_THAT(init("nginx"), HasSubstr("SocketGroup=GROUP\n"));
  EXPECT_THAT(init("lighttpd"), HasSubstr("--web-user NAME   # your web server's user\n"));
}

/// Beside www-data, which every Debian has.
TEST_F(InitForAService, TakesAUserOfNginxForThatOfItsPackage) {
  const std::string edit = "    systemctl edit hookspool-receiver.socket   # [Socket] SocketGroup=";
  EXPECT_THAT(init("nginx"), Not(HasSubstr(edit)));
  machine_->must({"useradd", "nginx"});
  EXPECT_THAT(init("nginx"), HasSubstr(edit + "nginx\n"));
  EXPECT_THAT(init("apache"), Not(HasSubstr(edit)));
}

TEST_F(InitForAService, LetsCaddyJoinAGroupThatIsThere) {
  const std::string join = "usermod -aG www-data caddy";
  const std::string edit = "SocketGroup=caddy\n";
  machine_->must({"getent", "passwd", "caddy"});
  EXPECT_THAT(init("caddy"), AllOf(HasSubstr(join), Not(HasSubstr(edit))));
  machine_->must({"userdel", "www-data"});
  EXPECT_THAT(init("caddy"), AllOf(Not(HasSubstr("usermod")), HasSubstr(edit)));
}

}  // namespace
}  // namespace hookspool::deployment
