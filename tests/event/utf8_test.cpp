#include "event/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace hookspool::event {
namespace {

/// The straightforward definition, to compare with: what encoding `code_point` gives.
std::string encoded(char32_t code_point) {
  std::string text;
  const auto add = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xC0 | code_point >> 6);
    add(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    add(0xE0 | code_point >> 12);
    add(0x80 | (code_point >> 6 & 0x3F));
    add(0x80 | (code_point & 0x3F));
  } else {
    add(0xF0 | code_point >> 18);
    add(0x80 | (code_point >> 12 & 0x3F));
    add(0x80 | (code_point >> 6 & 0x3F));
    add(0x80 | (code_point & 0x3F));
  }
  return text;
}

TEST(Utf8, HoldsEveryCodePointButSurrogates) {
  for (char32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    ASSERT_EQ(is_utf8(encoded(code_point)), !surrogate) << std::hex << std::uint32_t{code_point};
  }
}

TEST(Utf8, EndsAtTheLastCodePoint) {
  EXPECT_FALSE(is_utf8(encoded(0x110000)));
  EXPECT_FALSE(is_utf8(encoded(0x13FFFF)));
  EXPECT_FALSE(is_utf8(encoded(0x1FFFFF)));
}

TEST(Utf8, HasOneFormForEachCodePoint) {
  for (const char* overlong : {"\xC0\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF",
                               "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF"}) {
    EXPECT_FALSE(is_utf8(overlong));
  }
}

TEST(Utf8, HasNoSequencesOfFiveOrSixBytes) {
  EXPECT_FALSE(is_utf8("\xF8\x88\x80\x80\x80"));
  EXPECT_FALSE(is_utf8("\xFC\x84\x80\x80\x80\x80"));
  EXPECT_FALSE(is_utf8("\xFE"));
  EXPECT_FALSE(is_utf8("\xFF"));
}

TEST(Utf8, DoesNotBeginWithAContinuation) {
  for (int byte = 0x80; byte <= 0xBF; ++byte) {
    EXPECT_FALSE(is_utf8(std::string(1, static_cast<char>(byte))));
  }
}

TEST(Utf8, IsNotCutWithinASequence) {
  for (const char32_t code_point : {U'é', U'€', U'🏃'}) {
    const std::string whole = encoded(code_point);
    for (std::size_t length = 1; length < whole.size(); ++length) {
      EXPECT_FALSE(is_utf8(whole.substr(0, length)));
      EXPECT_FALSE(is_utf8(whole.substr(0, length) + "x")) << "an ASCII character instead";
      EXPECT_FALSE(is_utf8(whole.substr(0, length) + whole)) << "a new sequence instead";
    }
  }
}

TEST(Utf8, IsCheckedInTheMiddleOfATextToo) {
  EXPECT_TRUE(is_utf8("aé€🏃z"));
  EXPECT_FALSE(is_utf8("aé\x80€🏃z"));
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8(std::string(3, '\0')));
}

}  // namespace
}  // namespace hookspool::event
