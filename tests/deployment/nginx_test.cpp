// What nginx/ has beside the callback.

#include <gtest/gtest.h>

#include "deployment/namespaces.h"
#include "deployment/system_sites.h"

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
