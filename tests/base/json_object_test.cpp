#include "base/json_object.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace hookspool {
namespace {

std::string repeated(const std::string& text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

TEST(JsonObject, FindsItsMembersByName) {
  const std::string json =
      R"( {"id" : 9223372036854775807, "text":"a\u00e9\n", "none":null, "":{}} )";
  const JsonObject object(json);

  EXPECT_EQ(object.fault(), "");
  ASSERT_NE(object.find("id"), nullptr);
  EXPECT_EQ(object.find("id")->GetInt64(), INT64_MAX);
  EXPECT_EQ(object.text("text"), "aé\n");
  ASSERT_NE(object.find("none"), nullptr);
  EXPECT_TRUE(object.find("none")->IsNull());
  EXPECT_EQ(object.text("none"), std::nullopt);
  ASSERT_NE(object.find(""), nullptr);
  EXPECT_EQ(object.find("Id"), nullptr);
  EXPECT_EQ(object.text("i"), std::nullopt);
}

TEST(JsonObject, TakesNoIntegerThroughADouble) {
  for (const char* number : {"1.0", "1e3", "9223372036854775808", "-9223372036854775809", "1e400",
                             "0.00000000001e-2147483639", "0.1E-99999999999999999999"}) {
    const JsonObject object(std::string(R"({"id":)") + number + "}");
    const rapidjson::Value* id = object.find("id");
    EXPECT_TRUE(id == nullptr || !id->IsInt64()) << number;
  }
}

/// RapidJSON itself ends the program for such an exponent (CVE-2024-38517).
TEST(JsonObject, SurvivesNumbersOfAnySize) {
  const std::string many_zeros(20'000, '0');
  for (const std::string& number :
       {std::string("0.00000000001e-2147483639"), std::string("0.00000000001E-2147483647"),
        "0." + many_zeros + "1e-2147483639", std::string("-0"), std::string("1e-999")}) {
    const JsonObject object(R"({"id":7,"x":[)" + number + "]}");
    EXPECT_EQ(object.fault(), "") << number.substr(0, 40);
    ASSERT_NE(object.find("id"), nullptr);
    EXPECT_EQ(object.find("id")->GetInt64(), 7);
  }
  for (const std::string& number : {"9" + many_zeros, "-9" + many_zeros + ".5",
                                    std::string("1e309"), std::string("1e99999999999999999999")}) {
    EXPECT_EQ(JsonObject(R"({"x":)" + number + "}").fault(), "is not JSON")
        << "larger than a double";
  }
}

TEST(JsonObject, SaysWhyATextIsNone) {
  for (const char* text :
       {"", " ", "nonsense", "{", "{}}", "{}{}", "{'a':1}", "{\"a\":1,}", "{a:1}", "{\"a\":01}",
        "{\"a\":NaN}", "{\"a\":\"\\x41\"}", "{\"a\":\"\x01\"}", "{\"a\":\"\n\"}", "/**/{}",
        "\xEF\xBB\xBF{}", "\x0C{}"}) {
    EXPECT_EQ(JsonObject(text).fault(), "is not JSON") << text;
  }
  for (const char* text : {"[]", "1", "null", "\"{}\"", "true"}) {
    EXPECT_EQ(JsonObject(text).fault(), "is not a JSON object") << text;
  }
}

/// RapidJSON takes a NUL for the end of what it reads.
TEST(JsonObject, DoesNotEndWithANul) {
  for (const std::string& text : {std::string("{}\0", 3), std::string("{}\0{}", 5),
                                  std::string("\0{}", 3), std::string("{\"a\":\"\0\"}", 9)}) {
    EXPECT_EQ(JsonObject(text).fault(), "is not JSON");
  }
}

TEST(JsonObject, RefusesANameThatStandsTwiceInOneObject) {
  for (const char* text :
       {R"({"a":1,"a":1})", R"({"a":1,"b":2,"\u0061":3})", R"({"x":[1,{"y":{"":1,"":2}}]})"}) {
    const JsonObject object(text);
    EXPECT_EQ(object.fault(), "names a member twice") << text;
    EXPECT_EQ(object.find("a"), nullptr) << "nobody shall choose one of the two";
  }
  EXPECT_EQ(JsonObject(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})").fault(), "");
}

TEST(JsonObject, IsNestedUpToSixteenDeep) {
  struct Brackets {
    std::string open;
    std::string close;
  };
  for (const Brackets& brackets : {Brackets{"[", "]"}, Brackets{"{\"a\":", "}"}}) {
    const auto nested = [&](std::size_t times) {
      return "{\"a\":" + repeated(brackets.open, times) + "1" + repeated(brackets.close, times) +
             "}";
    };
    EXPECT_EQ(JsonObject(nested(15)).fault(), "");
    EXPECT_EQ(JsonObject(nested(16)).fault(), "is nested too deeply");
    EXPECT_EQ(JsonObject(nested(100'000)).fault(), "is nested too deeply");
    EXPECT_EQ(JsonObject(repeated(brackets.open, 100'000)).fault(), "is nested too deeply")
        << "it is not read to its end";
  }
}

TEST(JsonObject, HasNoMoreValuesThanAThousand) {
  for (const std::string value : {"0", "\"a\"", "null", "true", "[]", "{}"}) {
    const auto list_of = [&value](std::size_t count) {
      return R"({"a":[)" + value + repeated("," + value, count - 1) + "]}";
    };
    // The object and the list are two of them.
    EXPECT_EQ(JsonObject(list_of(1'022)).fault(), "") << value;
    EXPECT_EQ(JsonObject(list_of(1'023)).fault(), "has more values than any event") << value;
    EXPECT_EQ(JsonObject(list_of(100'000)).fault(), "has more values than any event") << value;
  }
}

TEST(JsonObject, MayBeLargerThanItsOwnMemory) {
  std::string json = "{";
  for (int i = 0; i < 1'000; ++i) json += '"' + std::to_string(i) + R"(":"some text or other",)";
  json += R"("last":")" + std::string(100'000, 'x') + "\"}";

  const JsonObject object(json);

  EXPECT_EQ(object.text("999"), "some text or other");
  EXPECT_EQ(object.text("last"), std::string(100'000, 'x'));
}

}  // namespace
}  // namespace hookspool
