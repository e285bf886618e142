#include "receiver/management_records.h"

#include <gtest/gtest.h>

#include <string>

#include "support/fastcgi_client.h"

namespace hookspool::receiver {
namespace {

namespace fastcgi = test::fastcgi;

std::string pair(const std::string& name, const std::string& value = "") {
  return std::string{static_cast<char>(name.size()), static_cast<char>(value.size())} + name +
         value;
}

std::string ask(const std::string& pairs) {
  return fastcgi::record(fastcgi::kGetValues, 0, pairs);
}

std::string result(const std::string& pairs) {
  return fastcgi::record(fastcgi::kGetValuesResult, 0, pairs);
}

TEST(ManagementRecords, AreAnsweredWithTheValuesAskedFor) {
  std::string bytes =
      ask(pair("FCGI_MPXS_CONNS") + pair("FCGI_UNHEARD_OF", "x") + pair("FCGI_MAX_REQS"));

  EXPECT_EQ(take_management_records(bytes),
            result(pair("FCGI_MPXS_CONNS", "0") + pair("FCGI_MAX_REQS", "1024")));
  EXPECT_EQ(bytes, "");
}

TEST(ManagementRecords, AreTakenOutOfARequest) {
  const std::string begin = fastcgi::begin({});
  const std::string rest = fastcgi::parameters(1, fastcgi::get());
  std::string bytes = begin + ask("") + rest + ask("").substr(0, 5);

  EXPECT_EQ(take_management_records(bytes), result(""));
  EXPECT_EQ(bytes, begin + rest + ask("").substr(0, 5)) << "what is not there whole stays";
}

TEST(ManagementRecords, OfAnUnknownTypeAreNamedUnknown) {
  constexpr unsigned char kUnknownType = 11;
  std::string bytes = fastcgi::record(77, 0, "whatever", 3);

  EXPECT_EQ(take_management_records(bytes),
            fastcgi::record(kUnknownType, 0, std::string("\x4D") + std::string(7, '\0')));
}

TEST(ManagementRecords, ReadNoFurtherThanTheyGo) {
  for (const std::string& pairs :
       {std::string("\x05"), std::string("\x05\x01"),
        std::string("\x05\x01"
                    "FC"),
        std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), std::string("\x80\x00", 2),
        std::string("\xFF\xFF\xFF\xFF", 4)}) {
    std::string bytes = ask(pairs);
    EXPECT_EQ(take_management_records(bytes), result(""));
  }
}

TEST(ManagementRecords, WithoutEndAreNotAllAnswered) {
  std::string bytes;
  for (int i = 0; i < 10'000; ++i) bytes += ask(pair("FCGI_MAX_CONNS"));

  EXPECT_LT(take_management_records(bytes).size(), 4096U);
}

TEST(ManagementRecords, AreNotFoundInWhatIsNoFastCgi) {
  std::string bytes = "GET / HTTP/1.1\r\n\r\n";

  EXPECT_EQ(take_management_records(bytes), "");
  EXPECT_EQ(bytes.size(), 18U);
}

}  // namespace
}  // namespace hookspool::receiver
