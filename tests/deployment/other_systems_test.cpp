// What `hookspoolctl init` says where things are not as on Debian with systemd.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "deployment/machine.h"
#include "deployment/namespaces.h"
#include "e2e/program.h"

namespace hookspool::deployment {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class OtherSystem : public testing::Test {
 protected:
  void SetUp() override {
    if (!why_not_isolated().empty()) GTEST_SKIP() << why_not_isolated();
    machine_.emplace();
    machine_->write("/root/client-secret", "secret");
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

TEST_F(OtherSystem, HasAWebServerWithAnotherUser) {
  machine_->must({"userdel", "www-data"});
  machine_->must({"useradd", "apache"});
  EXPECT_THAT(init("apache-fcgid"),
              AllOf(HasSubstr("usermod -aG athlete apache,"), HasSubstr("CustomLog logs/"),
                    HasSubstr("doctor --web-user apache\n"), Not(HasSubstr("www-data"))));
  EXPECT_THAT(init("apache"), HasSubstr("    systemctl edit hookspool-receiver.socket   # [Socket] "
                                        "SocketGroup=apache\n"));
  EXPECT_THAT(init("lighttpd"), HasSubstr("--web-user NAME   # your web server's user\n"));
}

}  // namespace
}  // namespace hookspool::deployment
