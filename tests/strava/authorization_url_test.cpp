#include "strava/authorization_url.h"

#include <gtest/gtest.h>

namespace hookspool::strava {
namespace {

TEST(AuthorizationUrl, AsksForEverythingThatIsNeeded) {
  config::StravaConfig strava;
  strava.client_id = 24523;
  strava.client_secret = Secret("s3cret");

  EXPECT_EQ(authorization_url(strava, "https://example.org/hook/authorized?a=b", "st&te"),
            "https://www.strava.com/oauth/authorize?client_id=24523"
            "&redirect_uri=https%3A%2F%2Fexample.org%2Fhook%2Fauthorized%3Fa%3Db"
            "&response_type=code&approval_prompt=force"
            "&scope=read%2Cactivity%3Aread%2Cactivity%3Aread_all&state=st%26te");
}

}  // namespace
}  // namespace hookspool::strava
