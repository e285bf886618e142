#include "receiver/fastcgi_sieve.h"

#include <gtest/gtest.h>

#include <string>

#include "support/fastcgi_client.h"

namespace hookspool::receiver {
namespace {

namespace fastcgi = test::fastcgi;
using fastcgi::kParameters;
using fastcgi::kStandardInput;
using fastcgi::record;

constexpr unsigned char kEndRequest = 3;
constexpr unsigned char kRequestComplete = 0;
constexpr unsigned char kCannotMultiplex = 1;
constexpr unsigned char kUnknownRole = 3;

std::string whole_request(std::uint16_t id = 1) {
  return fastcgi::request({.id = id}, fastcgi::get("a=b"), "body");
}

std::string pair(const std::string& name, const std::string& value = "") {
  return std::string{static_cast<char>(name.size()), static_cast<char>(value.size())} + name +
         value;
}

std::string ask(const std::string& pairs) {
  return record(fastcgi::kGetValues, 0, pairs);
}

std::string result(const std::string& pairs) {
  return record(fastcgi::kGetValuesResult, 0, pairs);
}

std::string end(std::uint16_t id, unsigned char protocol_status) {
  std::string content(8, '\0');
  content[4] = static_cast<char>(protocol_status);
  return record(kEndRequest, id, content);
}

/// On a connection on which nothing was answered yet.
Sifted sift_alone(std::string& bytes) {
  int answered = 0;
  return sift(bytes, answered);
}

TEST(FastCgiSieve, LeavesARequestAsItIs) {
  for (const std::string& request :
       {std::string(), whole_request(), whole_request(0xFFFF), whole_request().substr(0, 60),
        fastcgi::request({}, {{"X", std::string(70'000, 'x')}}, std::string(70'000, 'y'))}) {
    std::string bytes = request;
    const Sifted sifted = sift_alone(bytes);
    EXPECT_EQ(bytes, request);
    EXPECT_EQ(sifted.answers, "");
    EXPECT_FALSE(sifted.is_over);
  }
}

TEST(FastCgiSieve, LeavesWhatIsNoFastCgi) {
  for (const std::string& nonsense :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string("\1"), std::string(20, '\0')}) {
    std::string bytes = nonsense;
    EXPECT_EQ(sift_alone(bytes).answers, "");
    EXPECT_EQ(bytes, nonsense);
  }
}

TEST(FastCgiSieve, TakesPaddingOffWholeRecords) {
  const std::string part = record(kStandardInput, 1, "", 7).substr(0, 10);
  std::string bytes = record(1, 1, fastcgi::begin({}).substr(8), 8) +
                      record(kParameters, 1, "\1\1ab", 1) + record(kParameters, 1, "", 255) + part;

  sift_alone(bytes);

  EXPECT_EQ(bytes, fastcgi::begin({}) + record(kParameters, 1, "\1\1ab") +
                       record(kParameters, 1, "") + part);
}

TEST(FastCgiSieve, JoinsWhatOneStreamHasInManyRecords) {
  std::string bytes = fastcgi::begin({}) + record(kParameters, 1, "\1") +
                      record(kParameters, 1, "\1ab") + record(kParameters, 1, "");
  for (int i = 0; i < 1000; ++i) bytes += record(kStandardInput, 1, "x");
  bytes += record(kStandardInput, 1, "");

  sift_alone(bytes);

  EXPECT_EQ(bytes,
            fastcgi::begin({}) + record(kParameters, 1, "\1\1ab") + record(kParameters, 1, "") +
                record(kStandardInput, 1, std::string(1000, 'x')) + record(kStandardInput, 1, ""));
}

TEST(FastCgiSieve, MakesNoRecordLongerThanItsLengthCanSay) {
  const std::string longest(0xFFFF, 'x');
  const std::string head = fastcgi::begin({}) + fastcgi::parameters(1, {});
  std::string bytes = head + record(kStandardInput, 1, longest.substr(1)) +
                      record(kStandardInput, 1, "x") + record(kStandardInput, 1, "y");

  sift_alone(bytes);

  EXPECT_EQ(bytes, head + record(kStandardInput, 1, longest) + record(kStandardInput, 1, "y"));
}

TEST(FastCgiSieve, StopsAtTheEndOfTheRequest) {
  const std::string next = ask("") + record(1, 7, "anything", 5);
  std::string bytes = whole_request() + next;

  EXPECT_EQ(sift_alone(bytes).answers, "");
  EXPECT_EQ(bytes, whole_request() + next);
}

TEST(FastCgiSieve, AnswersWithTheValuesAskedFor) {
  std::string bytes =
      ask(pair("FCGI_MPXS_CONNS") + pair("FCGI_UNHEARD_OF", "x") + pair("FCGI_MAX_REQS"));

  EXPECT_EQ(sift_alone(bytes).answers,
            result(pair("FCGI_MPXS_CONNS", "0") + pair("FCGI_MAX_REQS", "1024")));
  EXPECT_EQ(bytes, "");
}

TEST(FastCgiSieve, TakesManagementRecordsOutOfARequest) {
  const std::string begin = fastcgi::begin({});
  const std::string rest = fastcgi::parameters(1, fastcgi::get());
  std::string bytes = begin + ask("") + rest + ask("").substr(0, 5);

  EXPECT_EQ(sift_alone(bytes).answers, result(""));
  EXPECT_EQ(bytes, begin + rest + ask("").substr(0, 5)) << "what is not there whole stays";
}

TEST(FastCgiSieve, NamesAnUnknownManagementRecord) {
  constexpr unsigned char kUnknownType = 11;
  std::string bytes = record(77, 0, "whatever", 3);

  EXPECT_EQ(sift_alone(bytes).answers,
            record(kUnknownType, 0, std::string("\x4D") + std::string(7, '\0')));
}

TEST(FastCgiSieve, ReadsNamesAndValuesNoFurtherThanTheyGo) {
  for (const std::string& pairs :
       {std::string("\x05"), std::string("\x05\x01"),
        std::string("\x05\x01"
                    "FC"),
        std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), std::string("\x80\x00", 2),
        std::string("\xFF\xFF\xFF\xFF", 4)}) {
    std::string bytes = ask(pairs);
    EXPECT_EQ(sift_alone(bytes).answers, result(""));
  }
}

TEST(FastCgiSieve, EndsAConnectionThatWantsAnswersWithoutEnd) {
  for (const std::string& question :
       {ask(pair("FCGI_MAX_CONNS")), fastcgi::begin({.id = 2}), record(77, 0, "")}) {
    std::string bytes = fastcgi::begin({.id = 1});
    for (int i = 0; i < 10'000; ++i) bytes += question;
    const Sifted sifted = sift_alone(bytes);

    EXPECT_TRUE(sifted.is_over);
    EXPECT_LT(sifted.answers.size(), 4096U);
  }
}

TEST(FastCgiSieve, EndsAConnectionThatWantsAsManyAnswersPieceByPiece) {
  int answered = 0;
  int pieces = 0;
  for (bool is_over = false; !is_over && pieces < 10'000; ++pieces) {
    std::string bytes = ask("");
    is_over = sift(bytes, answered).is_over;
  }
  const auto is_over_at_once = [](int questions) {
    std::string bytes;
    for (int i = 0; i < questions; ++i) bytes += ask("");
    return sift_alone(bytes).is_over;
  };

  EXPECT_FALSE(is_over_at_once(pieces - 1));
  EXPECT_TRUE(is_over_at_once(pieces));
}

TEST(FastCgiSieve, RefusesARequestBeforeTheFirstHasEnded) {
  std::string bytes = fastcgi::begin({.id = 1}) + whole_request(2) + fastcgi::begin({.id = 1}) +
                      fastcgi::parameters(1, {}) + record(kStandardInput, 1, "");
  const Sifted sifted = sift_alone(bytes);

  EXPECT_EQ(sifted.answers, end(2, kCannotMultiplex) + end(1, kCannotMultiplex));
  EXPECT_FALSE(sifted.is_over);
  EXPECT_EQ(bytes,
            fastcgi::begin({.id = 1}) + fastcgi::parameters(1, {}) + record(kStandardInput, 1, ""));
}

TEST(FastCgiSieve, DropsRecordsOfNoRequestAndOfUnknownTypes) {
  const std::string head = fastcgi::begin({}) + fastcgi::parameters(1, {});
  std::string bytes = record(fastcgi::kAbortRequest, 1, "") + record(kStandardInput, 7, "x") +
                      head + record(99, 1, "x", 3) + record(kStandardInput, 2, "x") +
                      record(kStandardInput, 1, "");
  const Sifted sifted = sift_alone(bytes);

  EXPECT_EQ(sifted.answers, "");
  EXPECT_FALSE(sifted.is_over);
  EXPECT_EQ(bytes, head + record(kStandardInput, 1, ""));
}

TEST(FastCgiSieve, TellsTheEndOfARequestThatIsAborted) {
  std::string bytes = fastcgi::begin({.id = 9}) + fastcgi::parameters(9, {}) +
                      record(kStandardInput, 9, "half a bo") +
                      record(fastcgi::kAbortRequest, 9, "", 8);
  const Sifted sifted = sift_alone(bytes);

  EXPECT_EQ(sifted.answers, end(9, kRequestComplete));
  EXPECT_TRUE(sifted.is_over);
  EXPECT_EQ(bytes, "");
}

TEST(FastCgiSieve, RefusesOtherRolesThanAResponders) {
  for (const auto role : {fastcgi::Role::kAuthorizer, fastcgi::Role::kFilter}) {
    std::string bytes = fastcgi::request({.role = role}, {});
    const Sifted sifted = sift_alone(bytes);
    EXPECT_EQ(sifted.answers, end(1, kUnknownRole));
    EXPECT_TRUE(sifted.is_over);
  }
  std::string bytes = record(1, 1, "short");
  EXPECT_EQ(sift_alone(bytes).answers, end(1, kUnknownRole));
}

}  // namespace
}  // namespace hookspool::receiver
