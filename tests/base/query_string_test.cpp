#include "base/query_string.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace hookspool {
namespace {

using Parameters = std::map<std::string, std::string>;

struct Query {
  std::string text;
  Parameters parameters;
};

TEST(QueryString, IsDecodedAsBrowsersEncodeIt) {
  const std::vector<Query> queries{
      {"", {}},
      {"&", {}},
      {"&&&", {}},
      {"a", {{"a", ""}}},
      {"a=", {{"a", ""}}},
      {"a=b", {{"a", "b"}}},
      {"=b", {{"", "b"}}},
      {"=", {{"", ""}}},
      {"a=b=c", {{"a", "b=c"}}},
      {"a=b&c=d", {{"a", "b"}, {"c", "d"}}},
      {"&a=b&&c=d&", {{"a", "b"}, {"c", "d"}}},
      {"a=b;c=d", {{"a", "b;c=d"}}},
      {"hub%2Emode=x", {{"hub.mode", "x"}}},
      {"hub%2emode=x", {{"hub.mode", "x"}}},
      {"a+b=c+d", {{"a b", "c d"}}},
      {"a%2Bb=c%2bd", {{"a+b", "c+d"}}},
      {"a%3Db=c%26d", {{"a=b", "c&d"}}},
      {"a=%C3%A9%F0%9F%8F%83", {{"a", "é🏃"}}},
      {"a=%FF", {{"a", "\xFF"}}},
      {"a=b%00c", {{"a", std::string("b\0c", 3)}}},
      {"a=%2525", {{"a", "%25"}}},
  };
  for (const auto& [text, parameters] : queries) EXPECT_EQ(parse_query(text), parameters) << text;
}

TEST(QueryString, TakesMalformedEscapesLiterally) {
  for (const char* text :
       {"%", "%%", "%2", "%x", "%2x", "%x2", "%-1", "%zz", "%2%", "a%", "%u0041", "% 1", "%0x"}) {
    EXPECT_EQ(parse_query("a=" + std::string(text)), (Parameters{{"a", text}})) << text;
  }
  EXPECT_EQ(parse_query("a=%%41"), (Parameters{{"a", "%A"}}));
}

TEST(QueryString, CountsTheFirstOfANameThatStandsTwice) {
  EXPECT_EQ(parse_query("a=1&a=2&%61=3"), (Parameters{{"a", "1"}}));
}

}  // namespace
}  // namespace hookspool
