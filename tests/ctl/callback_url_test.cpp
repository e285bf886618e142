#include "ctl/callback_url.h"

#include <gtest/gtest.h>

namespace hookspool::ctl {
namespace {

TEST(CallbackUrl, IsAnAbsoluteHttpUrl) {
  for (const char* good :
       {"https://www.example.org/strava/webhook", "http://127.0.0.1:8471/hook",
        "https://example.org", "https://example.org/hook?key=1&b=%20", "https://[::1]:8443/x"}) {
    EXPECT_EQ(complaint_about_callback_url(good), "") << good;
  }
}

TEST(CallbackUrl, IsNothingThatStravaOrAWebServerWouldStumbleOver) {
  for (const std::string& bad :
       {std::string(), std::string("example.org/hook"), std::string("ftp://example.org/"),
        std::string("https://"), std::string("https:///hook"), std::string("https://?x"),
        std::string("https://user:password@example.org/"), std::string("https://example.org/#top"),
        std::string("https://example.org/a b"), std::string("https://example.org/\""),
        std::string("https://example.org/ü"), "https://example.org/" + std::string(255, 'x')}) {
    EXPECT_NE(complaint_about_callback_url(bad), "") << bad;
  }
}

TEST(CallbackUrl, HasAHost) {
  EXPECT_EQ(host_of("https://example.org/strava/webhook"), "example.org");
  EXPECT_EQ(host_of("http://127.0.0.1:8471"), "127.0.0.1:8471");
  EXPECT_EQ(host_of("https://[::1]:8443?x=1"), "[::1]:8443");
}

TEST(CallbackUrl, HasAPath) {
  EXPECT_EQ(path_of("https://example.org/strava/webhook?key=1#x"), "/strava/webhook");
  EXPECT_EQ(path_of("https://example.org"), "/");
  EXPECT_EQ(path_of("https://example.org?x=/y"), "/");
}

}  // namespace
}  // namespace hookspool::ctl
