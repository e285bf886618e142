// What nginx/ has beside the callback.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <regex>
#include <string>

#include "base/descriptor.h"
#include "base/error.h"
#include "deployment/namespaces.h"
#include "deployment/page.h"
#include "deployment/system_sites.h"
#include "e2e/load.h"

namespace hookspool::deployment {
namespace {

TEST(Nginx, AnswersTheCertificatesAuthorityByHttpAndRedirectsEverybodyElse) {
  if (!why_not_isolated().empty()) GTEST_SKIP() << why_not_isolated();
  const std::unique_ptr<Site> site = nginx_site();
  site->open();
  const std::string challenge = "/.well-known/acme-challenge/token";
  site->machine().write("/var/www/html" + challenge, "token.thumbprint");

  EXPECT_EQ(site->browse("http://www.example.org" + challenge).body, "token.thumbprint");
  EXPECT_EQ(site->browse("http://www.example.org/").status, 301);
  EXPECT_EQ(site->browse("http://www.example.org/strava/webhook").status, 404);
}

/// A window at whose shell root types, as over SSH.
class Terminal {
 public:
  explicit Terminal(const Machine& machine)
      : window_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (!window_ || ::grantpt(window_.get()) != 0 || ::unlockpt(window_.get()) != 0) {
      throw SystemError("make a terminal", errno);
    }
    const Descriptor line(::open(::ptsname(window_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    shell_.emplace(machine.start({"setsid", "--ctty", "--wait", "bash", "--norc", "-i"},
                                 "terminal.log", line.get()));
  }
  void type(const std::string& lines) const {
    const auto written = ::write(window_.get(), lines.data(), lines.size());
    if (written != static_cast<ssize_t>(lines.size())) throw SystemError("type", errno);
  }
  void close() {
    window_.reset();
    shell_->wait();
  }

 private:
  Descriptor window_;
  std::optional<e2e::Program> shell_;
};

/// By the words of docs/deployment.md.
TEST(Nginx, IsServedWithoutSystemd) {
  if (!why_not_isolated().empty()) GTEST_SKIP() << why_not_isolated();
  const std::string lines = code_in(
      "docs/deployment.md", "install -d -m 2750 -o hookspool-receiver -g www-data /run/hookspool");
  const std::unique_ptr<Site> site = nginx_site();
  site->set_up();
  site->lose_receivers();
  ASSERT_EQ(site->post(1), 502);

  Terminal terminal(site->machine());
  terminal.type(lines);

  EXPECT_TRUE(e2e::eventually([&] { return site->post(2) == 200; }))
      << site->machine().read("/tmp/terminal.log");
  EXPECT_EQ(e2e::spooled(site->spool()), std::set<std::int64_t>{2});
  EXPECT_EQ(site->machine().must({"stat", "-c", "%U:%G %a", "/run/hookspool/hookspool.sock"}),
            "hookspool-receiver:www-data 660\n");
  // By then the shell has told its jobs that nobody is there any more.
  terminal.close();
  EXPECT_EQ(site->post(3), 200);

  // At a boot nobody has a terminal, and what comes next must not wait.
  site->machine().must({"sh", "-ec", lines});
  const std::regex dated("20\\d\\d-[-0-9]+T[:0-9]+Z hookspool: error: another process listens");
  EXPECT_TRUE(e2e::eventually(
      [&] { return std::regex_search(site->machine().read("/var/log/hookspool.log"), dated); }));
  site->machine().must(
      {"sh", "-ec",
       code_in("docs/deployment.md", "pkill -u hookspool-receiver hookspool.fcgi") + lines});
  EXPECT_TRUE(e2e::eventually([&] { return site->post(4) == 200; }));
}

/// For a URL that somebody has registered by mistake.
TEST(Nginx, LogsNoTokenThatComesByHttp) {
  if (!why_not_isolated().empty()) GTEST_SKIP() << why_not_isolated();
  const std::unique_ptr<Site> site = nginx_site();
  site->open();
  const std::string by_http = "http://www.example.org";

  EXPECT_EQ(site->browse(by_http + "/?a-query-that-is-logged").status, 301);
  EXPECT_EQ(site->browse(by_http + "/strava/webhook?hub.verify_token=an-early-token").status, 404);

  EXPECT_EQ(site->log_lines("a-query-that-is-logged"), 1U);
  EXPECT_EQ(site->log_lines("an-early-token"), 0U);
}

}  // namespace
}  // namespace hookspool::deployment
