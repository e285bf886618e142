// What nginx/ has beside the callback.

#include <gtest/gtest.h>

#include "base/file_content.h"
#include "deployment/namespaces.h"
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

/// By the words of docs/deployment.md.
TEST(Nginx, IsServedWithoutSystemd) {
  if (!why_not_isolated().empty()) GTEST_SKIP() << why_not_isolated();
  const std::string begin = "    install -d -m 2750 ";
  const std::string page = read_file("docs/deployment.md");
  const std::size_t at = page.find(begin);
  ASSERT_NE(at, std::string::npos);
  const std::string lines = page.substr(at, page.find("\n\n", at) - at) + "\n";
  const std::unique_ptr<Site> site = nginx_site();
  site->set_up();
  site->lose_receivers();
  ASSERT_EQ(site->post(1), 502);

  // Its shell stays, as the one does that a machine boots with.
  const e2e::Program boot = site->machine().start({"sh", "-ec", lines + "wait"}, "boot.log");

  EXPECT_TRUE(e2e::eventually([&] { return site->post(2) == 200; }))
      << site->machine().read("/tmp/boot.log");
  EXPECT_EQ(e2e::spooled(site->spool()), std::set<std::int64_t>{2});
  EXPECT_EQ(site->machine().must({"stat", "-c", "%U:%G %a", "/run/hookspool/hookspool.sock"}),
            "hookspool-receiver:www-data 660\n");
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
