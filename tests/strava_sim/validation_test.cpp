#include "strava_sim/validation.h"

#include <gtest/gtest.h>

#include "strava_sim/url.h"

namespace hookspool::strava_sim {
namespace {

TEST(ValidationUrl, KeepsTheCallbacksOwnQuery) {
  Dice dice(1);
  EXPECT_EQ(validation_url("https://example.org/hook?key=a%20b", "STRAVA", "c0ffee", {}, dice),
            "https://example.org/hook?key=a%20b&hub.verify_token=STRAVA&hub.challenge=c0ffee"
            "&hub.mode=subscribe");
}

TEST(ValidationUrl, EncodesTheTokenAndIfAskedTheDots) {
  Dice dice(1);
  Switches switches;
  switches.validation_encodes_dots = true;
  switches.validation_parameter_order = ParameterOrder::kReversed;
  EXPECT_EQ(validation_url("http://localhost/", "a&b=ü", "1", switches, dice),
            "http://localhost/?hub%2Emode=subscribe&hub%2Echallenge=1"
            "&hub%2Everify_token=a%26b%3D%C3%BC");
}

TEST(ValidationAnswer, MustBeTheChallengeAsJsonWithStatus200) {
  struct Case {
    int status;
    const char* content_type;
    const char* body;
    Validation meaning;
  };
  const Case cases[] = {
      {200, "application/json", R"({"hub.challenge":"c0ffee"})", Validation::kVerified},
      {200, "application/json; charset=utf-8", R"({ "hub.challenge" : "c0ffee", "more" : 1 })",
       Validation::kVerified},
      {201, "application/json", R"({"hub.challenge":"c0ffee"})", Validation::kNotOk},
      {301, "text/html", "", Validation::kNotOk},
      {403, "application/json", "{}", Validation::kNotOk},
      {0, "", "", Validation::kNotVerifiable},
      {200, "text/plain", R"({"hub.challenge":"c0ffee"})", Validation::kNotVerifiable},
      {200, "application/json", R"({"hub.challenge":"c0ffe"})", Validation::kNotVerifiable},
      {200, "application/json", R"("c0ffee")", Validation::kNotVerifiable},
      {200, "application/json", "c0ffee", Validation::kNotVerifiable},
  };
  for (const Case& expected : cases) {
    CallbackAnswer answer;
    answer.status = expected.status;
    answer.content_type = expected.content_type;
    answer.body = expected.body;
    EXPECT_EQ(judge(answer, "c0ffee"), expected.meaning) << expected.status << " " << expected.body;
  }
}

TEST(Url, IsTakenApartAsGiven) {
  const auto bare = parse_url("https://example.org:8443");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->origin, "https://example.org:8443");
  EXPECT_EQ(bare->host, "example.org");
  EXPECT_EQ(bare->target, "/");
  EXPECT_EQ(parse_url("http://example.org?a=b")->target, "/?a=b");
  EXPECT_EQ(parse_url("http://[::1]:80/x%20y?z#part")->target, "/x%20y?z");
  EXPECT_EQ(parse_url("http://[::1]:80/")->host, "[::1]");
  for (const char* wrong : {"", "example.org/hook", "ftp://example.org/", "http:///hook"}) {
    EXPECT_FALSE(parse_url(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace hookspool::strava_sim
