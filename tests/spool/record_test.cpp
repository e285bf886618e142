#include "spool/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "event/utf8.h"

namespace hookspool::spool {
namespace {

const Timestamp kMoment =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::microseconds(123456);

Record record_with(const std::string& body, const std::string& signature = "") {
  return {kMoment, "0193-id", body, signature};
}

std::string without_newline(const std::string& line) {
  return line.substr(0, line.size() - 1);
}

/// A line as a correct writer would have written it around `object`.
std::string checked(const std::string& object) {
  const auto* bytes = reinterpret_cast<const Bytef*>(object.data());
  std::array<char, 9> sum{};
  std::snprintf(sum.data(), sum.size(), "%08lx",
                ::crc32(0, bytes, static_cast<uInt>(object.size())));
  return std::string(sum.data()) + " " + object;
}

TEST(Record, IsOneLineOfChecksumAndJson) {
  EXPECT_EQ(encode(record_with(R"({"object_id":1})")),
            checked(R"({"received":"2026-11-23T00:00:00.123456Z","id":"0193-id",)"
                    R"("body":"{\"object_id\":1}"})") +
                "\n");
  EXPECT_EQ(encode(record_with("{}", "t=1,v1=ab")),
            checked(R"({"received":"2026-11-23T00:00:00.123456Z","id":"0193-id",)"
                    R"("body":"{}","signature":"t=1,v1=ab"})") +
                "\n");
}

class RecordBody : public testing::TestWithParam<std::string> {};

TEST_P(RecordBody, ComesBackByteForByte) {
  const Record record{kMoment, new_record_id(kMoment), GetParam(), "t=1,v1=\"a\\b"};
  const std::string line = encode(record);
  ASSERT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << "a newline ends a record";
  ASSERT_EQ(line.back(), '\n');

  const auto decoded = decode(without_newline(line));

  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->received, record.received);
  EXPECT_EQ(decoded->id, record.id);
  EXPECT_EQ(decoded->body, record.body);
  EXPECT_EQ(decoded->signature, record.signature);
}

std::string every_ascii_character() {
  std::string text;
  for (int c = 0; c < 0x80; ++c) text.push_back(static_cast<char>(c));
  return text;
}

INSTANTIATE_TEST_SUITE_P(EveryKindOfText, RecordBody,
                         testing::Values("", "{}", R"({"a":"b\"c\\d"})", "\n", "\r\n\t",
                                         "{\n  \"a\": 1\n}", every_ascii_character(),
                                         std::string(3, '\0'), "é€🏃", R"(\u0000 \n \\)",
                                         "\u2028\u2029", std::string(128 * 1024, '\n'),
                                         std::string(128 * 1024, '"')));

TEST(Record, IsUtf8WhateverBytesTheSignatureHas) {
  const std::string line = encode(record_with("{}", "\xFF\xC3t=1"));
  const auto decoded = decode(without_newline(line));

  EXPECT_TRUE(event::is_utf8(line));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->signature, "\u00FF\u00C3t=1");
}

TEST(Record, IsRefusedIfOneBitIsWrong) {
  const std::string line = without_newline(encode(record_with(R"({"object_id":1})", "t=1")));
  for (std::size_t at = 0; at < line.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = line;
      damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
      const auto decoded = decode(damaged);
      // The checksum's digits may be upper case: the one damage that changes nothing.
      const bool same_digit = at < 8 && bit == 5 && std::isxdigit(damaged[at]) != 0;
      ASSERT_EQ(decoded.has_value(), same_digit) << damaged;
    }
  }
}

TEST(Record, IsRefusedIfItIsTorn) {
  const std::string line = without_newline(encode(record_with(R"({"object_id":1})", "t=1")));
  for (std::size_t length = 0; length < line.size(); ++length) {
    ASSERT_FALSE(decode(line.substr(0, length))) << length;
    ASSERT_FALSE(decode(line.substr(line.size() - length))) << length;
  }
  EXPECT_FALSE(decode(line + " "));
  EXPECT_FALSE(decode(line + line));
  EXPECT_FALSE(decode(line + std::string(1, '\0')));
  EXPECT_FALSE(decode(" " + line));
}

TEST(Record, IsRefusedIfAPowerLossLeftZeros) {
  EXPECT_FALSE(decode(std::string(8, '\0')));
  EXPECT_FALSE(decode(std::string(4096, '\0')));
  EXPECT_FALSE(decode("00000000 ")) << "the checksum of nothing at all";
}

class CheckedObject : public testing::TestWithParam<std::string> {};

TEST_P(CheckedObject, IsRefusedIfItIsNoRecord) {
  EXPECT_FALSE(decode(checked(GetParam())));
}

INSTANTIATE_TEST_SUITE_P(
    EveryFlaw, CheckedObject,
    testing::Values("", "x", "null", "1", "[]", "{}", "\"\"",
                    R"({"received":"2026-11-23T00:00:00Z","id":"1"})",
                    R"({"received":"2026-11-23T00:00:00Z","body":"{}"})",
                    R"({"id":"1","body":"{}"})", R"({"received":5,"id":"1","body":"{}"})",
                    R"({"received":"today","id":"1","body":"{}"})",
                    R"({"received":"2026-11-23T00:00:00Z","id":1,"body":"{}"})",
                    R"({"received":"2026-11-23T00:00:00Z","id":"1","body":{}})",
                    R"({"received":"2026-11-23T00:00:00Z","id":"1","body":"{}","signature":5})",
                    R"({"received":"2026-11-23T00:00:00Z","id":"1","body":"{}")"));

/// An exception for these once went through to the fetcher, which never got past such a line.
TEST(Record, IsRefusedIfItIsNestedTooDeeply) {
  EXPECT_FALSE(decode(checked(std::string(2000, '['))));
  EXPECT_FALSE(decode(checked("{\"a\":" + std::string(2000, '['))));
  EXPECT_TRUE(decode(without_newline(encode(record_with("{}")))));
}

TEST(Record, MayHoldMembersThatALaterVersionWrites) {
  EXPECT_TRUE(
      decode(checked(R"({"received":"2026-11-23T00:00:00Z","id":"1","body":"{}","later":[1]})")));
}

TEST(RecordId, IsAUuidOfVersion7) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(new_record_id(kMoment),
                testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                      "[0-9a-f]{12}"));
  }
}

TEST(RecordId, BeginsWithTheTimeInMilliseconds) {
  const Timestamp time{std::chrono::milliseconds(0x0123456789AB)};

  EXPECT_TRUE(new_record_id(time).starts_with("01234567-89ab-7"));
}

TEST(RecordId, SortsByTime) {
  std::string last;
  for (Timestamp time = kMoment; time < kMoment + std::chrono::seconds(1);
       time += std::chrono::milliseconds(1)) {
    const std::string id = new_record_id(time);
    ASSERT_LT(last, id);
    last = id;
  }
}

TEST(RecordId, IsUniqueAmongThreads) {
  std::mutex mutex;
  std::set<std::string> ids;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        std::vector<std::string> own;
        for (int j = 0; j < 5000; ++j) own.push_back(new_record_id(kMoment));
        const std::lock_guard guard(mutex);
        ids.insert(own.begin(), own.end());
      });
    }
  }
  EXPECT_EQ(ids.size(), 20'000U);
}

}  // namespace
}  // namespace hookspool::spool
