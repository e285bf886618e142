#include "receiver/fastcgi_framing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "support/fastcgi_client.h"

namespace hookspool::receiver {
namespace {

namespace fastcgi = test::fastcgi;
using fastcgi::kParameters;
using fastcgi::kStandardInput;
using fastcgi::record;
using Kind = Framing::Kind;

const std::string kBody = R"({"object_type":"activity"})";

std::string whole_request(std::uint16_t id = 1) {
  return fastcgi::request({.id = id}, fastcgi::post(kBody.size()), kBody);
}

TEST(FastCgiFraming, FindsARequestWholeFromItsLastByteOn) {
  for (const std::string& request :
       {whole_request(), whole_request(0xABCD),
        fastcgi::request({}, fastcgi::get("hub.mode=subscribe")),
        fastcgi::request({.keep = true}, {{"X", std::string(70'000, 'x')}},
                         std::string(70'000, 'y')),
        fastcgi::begin({}) + record(kParameters, 1, "\1\1ab", 5) + record(kParameters, 1, "") +
            record(kStandardInput, 1, "body", 255) + record(kStandardInput, 1, "")}) {
    for (std::size_t length = 0; length < request.size(); ++length) {
      ASSERT_EQ(framing_of(std::string_view(request).substr(0, length)).kind, Kind::kPart)
          << length;
    }
    for (const std::string& behind : {std::string(), whole_request(), std::string("\1")}) {
      const Framing framing = framing_of(request + behind);
      EXPECT_EQ(framing.kind, Kind::kWhole);
      EXPECT_EQ(framing.size, request.size());
    }
  }
}

TEST(FastCgiFraming, TellsOfWhatLibfcgiMustNotSee) {
  const std::string begun = fastcgi::begin({.id = 1});
  for (const std::string& odd :
       {begun + fastcgi::begin({.id = 2}), begun + begun, begun + record(kStandardInput, 2, "x"),
        begun + record(fastcgi::kAbortRequest, 1, ""), begun + record(99, 1, "x"),
        begun + record(fastcgi::kGetValues, 0, "12345"), record(fastcgi::kGetValues, 0, "12345"),
        record(kStandardInput, 7, ""), record(fastcgi::kAbortRequest, 1, "", 5),
        fastcgi::begin({.role = fastcgi::Role::kAuthorizer}),
        fastcgi::begin({.role = fastcgi::Role::kFilter}), fastcgi::begin({.id = 0}),
        record(1, 1, "short"), record(1, 1, begun.substr(8), 8),
        begun + record(kParameters, 1, "", 8),
        begun + fastcgi::parameters(1, {}) + record(kStandardInput, 1, "", 8)}) {
    EXPECT_EQ(framing_of(odd.substr(0, odd.size() - 1)).kind, Kind::kPart);
    EXPECT_EQ(framing_of(odd).kind, Kind::kUnsifted);
    EXPECT_EQ(framing_of(odd + whole_request()).kind, Kind::kUnsifted);
  }
}

TEST(FastCgiFraming, GivesUpOnWhatCanBecomeNoRequest) {
  const std::vector<std::string> hopeless{
      "G",
      "GET / HTTP/1.1\r\n\r\n",
      std::string(1, '\0'),
      "\x02",
      "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
      whole_request().substr(0, 16) + "garbage",
      fastcgi::begin({}) + record(kStandardInput, 1, ""),
      fastcgi::begin({}) + fastcgi::parameters(1, {}) + record(kParameters, 1, "\1\1ab"),
      // Lengths of 2^31 - 1, whose sum libfcgi could not hold; also in a record that is not whole.
      fastcgi::begin({}) + record(kParameters, 1, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFx"),
      fastcgi::begin({}) + record(kParameters, 1, "\xFF\xFF\xFF\xFF").substr(0, 12),
      fastcgi::begin({}) + record(kParameters, 1, "\1\1ab\x80\x10\x01") +
          record(kParameters, 1, std::string(1, '\0')),
  };
  for (const std::string& bytes : hopeless) {
    EXPECT_EQ(framing_of(bytes).kind, Kind::kNoRequest) << bytes;
  }
}

/// The least of several turns, of this thread alone: what else the machine does is not in it.
std::chrono::nanoseconds processor_time(const std::function<void()>& work) {
  const auto now = [] {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  };
  auto least = std::chrono::nanoseconds::max();
  for (int turn = 0; turn < 20; ++turn) {
    const auto begin = now();
    work();
    least = std::min<std::chrono::nanoseconds>(least, now() - begin);
  }
  return least;
}

/// A request whose parameters, each with a name of thirty bytes, come in records of a byte.
std::string begun_in_records_of_a_byte(std::size_t records) {
  const std::string parameter = std::string("\x1E\0", 2) + std::string(30, 'n');
  std::string bytes = fastcgi::begin({});
  for (std::size_t i = 0; i < records; ++i) {
    bytes += record(kParameters, 1, parameter.substr(i % parameter.size(), 1));
  }
  return bytes;
}

TEST(FastCgiFraming, TakesTimeInProportionToTheRecords) {
  const std::string some = begun_in_records_of_a_byte(2'500);
  const std::string four_times = begun_in_records_of_a_byte(10'000);
  const auto of_some = processor_time([&] { EXPECT_EQ(framing_of(some).kind, Kind::kPart); });
  const auto of_four_times =
      processor_time([&] { EXPECT_EQ(framing_of(four_times).kind, Kind::kPart); });

  EXPECT_LT(of_four_times, 10 * of_some) << "sixteen times if each record were to cost all before";
}

}  // namespace
}  // namespace hookspool::receiver
