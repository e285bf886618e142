#include "receiver/fastcgi_framing.h"

#include <gtest/gtest.h>

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
            record(kStandardInput, 1, "body", 255) + record(kStandardInput, 1, "", 7)}) {
    for (std::size_t length = 0; length < request.size(); ++length) {
      ASSERT_EQ(framing_of(std::string_view(request).substr(0, length)), Framing::kPart) << length;
    }
    EXPECT_EQ(framing_of(request), Framing::kWhole);
    EXPECT_EQ(framing_of(request + whole_request()), Framing::kWholeAndMore);
    EXPECT_EQ(framing_of(request + '\1'), Framing::kWholeAndMore);
  }
}

TEST(FastCgiFraming, IsNotDeceivedByRecordsOfOtherRequests) {
  const std::string begun = fastcgi::begin({.id = 1});

  EXPECT_EQ(framing_of(begun + whole_request(2)), Framing::kPart)
      << "whoever reads request 1 now would wait for the rest of it";
  EXPECT_EQ(framing_of(begun + whole_request(2) + fastcgi::parameters(1, {})), Framing::kPart);
  EXPECT_EQ(framing_of(begun + whole_request(2) + fastcgi::parameters(1, {}) +
                       record(kStandardInput, 1, "")),
            Framing::kWhole);
  EXPECT_EQ(framing_of(record(kStandardInput, 7, "")), Framing::kPart)
      << "left over from a request that was refused";
  EXPECT_EQ(framing_of(record(kStandardInput, 7, "") + whole_request()), Framing::kWhole);
}

TEST(FastCgiFraming, NeedsTheEndOfTheBodyWhateverTheRole) {
  for (const auto role :
       {fastcgi::Role::kResponder, fastcgi::Role::kAuthorizer, fastcgi::Role::kFilter}) {
    const std::string head = fastcgi::begin({.role = role}) + fastcgi::parameters(1, {});
    EXPECT_EQ(framing_of(head), Framing::kPart);
    EXPECT_EQ(framing_of(head + record(kStandardInput, 1, "")), Framing::kWhole);
  }
}

TEST(FastCgiFraming, TellsOfAManagementRecordOnceItIsThere) {
  const std::string values = record(fastcgi::kGetValues, 0, "12345");
  EXPECT_EQ(framing_of(values.substr(0, values.size() - 1)), Framing::kPart);
  EXPECT_EQ(framing_of(values), Framing::kUnfit);
  EXPECT_EQ(framing_of(values + whole_request()), Framing::kUnfit);
  EXPECT_EQ(framing_of(fastcgi::begin({}) + values + whole_request()), Framing::kUnfit);
  EXPECT_EQ(framing_of(whole_request() + values), Framing::kWholeAndMore) << "of the next request";
}

TEST(FastCgiFraming, GivesUpOnWhatCanBecomeNoRequest) {
  const std::vector<std::string> hopeless{
      "G",
      "GET / HTTP/1.1\r\n\r\n",
      std::string(1, '\0'),
      "\x02",
      "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
      whole_request().substr(0, 16) + "garbage",
      fastcgi::begin({}) + record(fastcgi::kAbortRequest, 1, ""),
      fastcgi::begin({}) + record(fastcgi::kAbortRequest, 1, "x").substr(0, 8),
      fastcgi::begin({}) + record(kStandardInput, 1, ""),
      fastcgi::begin({}) + fastcgi::parameters(1, {}) + record(kParameters, 1, "\1\1ab"),
      record(1, 1, "short"),
      // Lengths of 2^31 - 1, whose sum libfcgi could not hold; also in a record that is not whole.
      fastcgi::begin({}) + record(kParameters, 1, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFx"),
      fastcgi::begin({}) + record(kParameters, 1, "\xFF\xFF\xFF\xFF").substr(0, 12),
      fastcgi::begin({}) + record(kParameters, 1, "\1\1ab\x80\x10\x01") +
          record(kParameters, 1, std::string(1, '\0')),
  };
  for (const std::string& bytes : hopeless) {
    EXPECT_EQ(framing_of(bytes), Framing::kNoRequest) << bytes;
  }
}

TEST(FastCgiFraming, TellsOfPaddingThatLibfcgiTakesForRecords) {
  const std::string padded_begin = record(1, 1, fastcgi::begin({}).substr(8), 8);
  EXPECT_EQ(framing_of(padded_begin), Framing::kUnfit);
  EXPECT_EQ(framing_of(padded_begin.substr(0, padded_begin.size() - 1)), Framing::kPart);
  EXPECT_EQ(framing_of(fastcgi::begin({}) + record(kParameters, 1, "", 8)), Framing::kUnfit);
}

TEST(FastCgiFraming, IsCompactedWithoutPaddingAndInFewRecords) {
  const std::string part = record(kStandardInput, 1, "", 7).substr(0, 10);
  std::string bytes = record(1, 1, "12345678", 8) + record(kParameters, 1, "\1\1a") +
                      record(kParameters, 1, "b", 1) + record(kParameters, 1, "", 255) +
                      record(kStandardInput, 1, "bo") + record(kStandardInput, 2, "x") +
                      record(kStandardInput, 1, "d") + record(kStandardInput, 1, "y", 3) + part;

  compact(bytes);

  EXPECT_EQ(bytes, record(1, 1, "12345678") + record(kParameters, 1, "\1\1ab") +
                       record(kParameters, 1, "") + record(kStandardInput, 1, "bo") +
                       record(kStandardInput, 2, "x") + record(kStandardInput, 1, "dy") + part);
}

TEST(FastCgiFraming, IsCompactedIntoRecordsOfTheGreatestLength) {
  const std::string content(0xFFFF, 'x');
  std::string bytes = record(kStandardInput, 1, content.substr(1)) +
                      record(kStandardInput, 1, "x") + record(kStandardInput, 1, "y");

  compact(bytes);

  EXPECT_EQ(bytes, record(kStandardInput, 1, content) + record(kStandardInput, 1, "y"));
}

TEST(FastCgiFraming, CompactsWhatIsNoFastCgiNotAtAll) {
  for (const std::string& nonsense : {std::string("GET / HTTP/1.1\r\n\r\n"), std::string("\1"),
                                      std::string(), std::string(20, '\0')}) {
    std::string bytes = nonsense;
    compact(bytes);
    EXPECT_EQ(bytes, nonsense);
  }
}

TEST(FastCgiFraming, GoesOnAfterTheAbortOfAnotherRequest) {
  EXPECT_EQ(framing_of(fastcgi::begin({}) + record(fastcgi::kAbortRequest, 2, "")), Framing::kPart);
}

}  // namespace
}  // namespace hookspool::receiver
