#include "strava_sim/switches.h"

#include <gtest/gtest.h>

#include "strava_sim/json_text.h"

namespace hookspool::strava_sim {
namespace {

TEST(Switches, TakeWhatTheyShow) {
  Switches switches;
  const Json::Value shown = switches.to_json();
  switches.apply(shown);
  EXPECT_EQ(switches.to_json(), shown);
}

TEST(Switches, ChangeOnlyWhatIsNamed) {
  Switches switches;
  switches.apply(*parse_json(R"({"rate_limit_overall":[5,50],"event_signature":"valid"})"));
  EXPECT_EQ(switches.rate_limit_overall.day, 50);
  EXPECT_EQ(switches.event_signature, SignatureForm::kValid);
  EXPECT_EQ(switches.rate_limit_read.day, 1000);
}

TEST(Switches, NameAllOfThemWhenOneIsUnknown) {
  Switches switches;
  try {
    switches.apply(*parse_json(R"({"event_retries":1})"));
    FAIL() << "an unknown switch was accepted";
  } catch (const InvalidSwitch& refused) {
    EXPECT_NE(std::string(refused.what()).find("event_retry_seconds"), std::string::npos);
  }
}

TEST(Switches, ChangeNothingWhenOneValueIsWrong) {
  for (const char* wrong :
       {R"({"app_inactive":true,"event_order":"by_size"})",
        R"({"app_inactive":true,"event_hold":1})", R"({"app_inactive":true,"rate_limit_read":[1]})",
        R"({"app_inactive":true,"event_retry_seconds":["x"]})"}) {
    Switches switches;
    EXPECT_THROW(switches.apply(*parse_json(wrong)), InvalidSwitch) << wrong;
    EXPECT_FALSE(switches.app_inactive);
  }
}

TEST(Switches, TurnToTheYear2027Together) {
  Switches switches;
  switches.apply(*parse_json(R"({"mode_2027":true})"));
  EXPECT_TRUE(switches.tokens_only_in_header && switches.deauthorize_retired &&
              switches.api_without_prefix && !switches.api_with_prefix);
  EXPECT_TRUE(switches.to_json()["mode_2027"].asBool());
}

}  // namespace
}  // namespace hookspool::strava_sim
