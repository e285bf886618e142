#include "receiver/parameter_lengths.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace hookspool::receiver {
namespace {

using namespace std::literals;

/// What they come to when they arrive byte by byte.
bool sound_in_single_bytes(std::string_view parameters) {
  ParameterLengths lengths;
  bool are_sound = true;
  for (const char byte : parameters) are_sound = lengths.follow({&byte, 1});
  return are_sound;
}

TEST(ParameterLengths, AreSoundUpToAMebibyte) {
  const std::string longest = "\x80\x10\0\0\1"s + std::string(1024 * 1024, 'n') + "v\1\1ab";
  for (const std::string_view parameters : {""sv, "\0\0"sv, "\1\1ab"sv, "\1\1ab\2"sv,
                                            "\1\x80\0\0\1ab\1\0c"sv, std::string_view(longest)}) {
    EXPECT_TRUE(ParameterLengths().follow(parameters));
    EXPECT_TRUE(sound_in_single_bytes(parameters));
  }
}

TEST(ParameterLengths, AreNotSoundWhereAnyIsLonger) {
  for (const std::string_view parameters :
       {"\x80\x10\0\1"sv, "\xFF\xFF\xFF\xFF"sv, "\0\x80\x10\0\1"sv, "\1\1ab\0\xFF\xFF\xFF\xFF"sv,
        "\1\1ab\0\xFF\xFF\xFF\xFF and more"sv}) {
    EXPECT_FALSE(ParameterLengths().follow(parameters));
    EXPECT_FALSE(sound_in_single_bytes(parameters));
  }
}

TEST(ParameterLengths, AreNotSoundOfMoreParametersThanAnybodyHas) {
  const std::string empty("\0\0", 2);
  std::string parameters;
  for (int i = 0; i < 1000; ++i) parameters += empty;
  EXPECT_TRUE(ParameterLengths().follow(parameters));
  EXPECT_TRUE(sound_in_single_bytes(parameters));
  EXPECT_FALSE(ParameterLengths().follow(parameters + empty));
  EXPECT_FALSE(sound_in_single_bytes(parameters + empty));
}

TEST(ParameterLengths, AreNotLookedForInNamesAndValues) {
  const std::string_view parameters = "\4\4\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0"sv;
  EXPECT_TRUE(ParameterLengths().follow(parameters));
  EXPECT_TRUE(sound_in_single_bytes(parameters));
}

}  // namespace
}  // namespace hookspool::receiver
