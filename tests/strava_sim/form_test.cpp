#include "strava_sim/form.h"

#include <gtest/gtest.h>

namespace hookspool::strava_sim {
namespace {

using Fields = std::multimap<std::string, std::string>;

TEST(Form, DecodesNamesAndValues) {
  EXPECT_EQ(parse_form("a%2Eb=c+d&e=%C3%BC&f&g="),
            (Fields{{"a.b", "c d"}, {"e", "ü"}, {"f", ""}, {"g", ""}}));
}

TEST(Form, EndsANameAtTheFirstEqualsSign) {
  EXPECT_EQ(parse_form("callback_url=https://example.org/hook?key=s"),
            (Fields{{"callback_url", "https://example.org/hook?key=s"}}));
}

TEST(Form, LeavesWhatIsNotEncodedRight) {
  EXPECT_EQ(parse_form("&&a=100%&b=%zz&c=%4"), (Fields{{"a", "100%"}, {"b", "%zz"}, {"c", "%4"}}));
}

}  // namespace
}  // namespace hookspool::strava_sim
