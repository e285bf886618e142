#include "signature/strava_signature.h"

#include <gtest/gtest.h>

#include <string>

#include "signature/hmac.h"

namespace hookspool::signature {
namespace {

using namespace std::chrono_literals;

const Timestamp kReceived{std::chrono::seconds(1'791'000'000)};
constexpr const char* kBody = R"({"aspect_type":"create"})";
const Secret kKey("the signing secret");

std::string signature_of(const std::string& time, const std::string& body = kBody,
                         const std::string& key = "the signing secret") {
  return to_hex(hmac_sha256(key, time + "." + body));
}

Verdict check(const std::string& header) {
  return check_strava_signature(header, kBody, kKey, kReceived);
}

/// https://datatracker.ietf.org/doc/html/rfc4231#section-4.3
TEST(Hmac, IsThatOfItsSpecification) {
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Base64, GoesThereAndBack) {
  for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
    EXPECT_EQ(from_base64(to_base64(text)), text);
  }
  EXPECT_EQ(to_base64("foob"), "Zm9vYg==");
  EXPECT_EQ(from_base64("?"), "");
}

TEST(StravaSignature, IsRightIfItWasMadeWithTheKey) {
  EXPECT_EQ(check("t=1791000000,v1=" + signature_of("1791000000")), Verdict::kRight);
  EXPECT_EQ(check("v1=" + signature_of("1791000000") + ", t=1791000000"), Verdict::kRight);
  EXPECT_EQ(check("t=1791000000,v1=" + std::string(64, '0') + ",v1=" + signature_of("1791000000") +
                  ",v2=x"),
            Verdict::kRight);
}

TEST(StravaSignature, IsAbsentWithoutTheHeader) {
  EXPECT_EQ(check(""), Verdict::kAbsent);
}

TEST(StravaSignature, IsWrongForAnotherKeyOrBody) {
  EXPECT_EQ(check("t=1791000000,v1=" + signature_of("1791000000", kBody, "another")),
            Verdict::kWrong);
  EXPECT_EQ(check("t=1791000000,v1=" + signature_of("1791000000", "{}")), Verdict::kWrong);
}

TEST(StravaSignature, IsGoodForFiveMinutes) {
  EXPECT_EQ(check("t=1790999700,v1=" + signature_of("1790999700")), Verdict::kRight);
  EXPECT_EQ(check("t=1790999699,v1=" + signature_of("1790999699")), Verdict::kWrong);
  EXPECT_EQ(check("t=1791000300,v1=" + signature_of("1791000300")), Verdict::kRight);
  EXPECT_EQ(check("t=1791000301,v1=" + signature_of("1791000301")), Verdict::kWrong);
}

TEST(StravaSignature, IsWrongIfItIsNone) {
  for (const char* header :
       {",", "t=", "t=1791000000", "v1=", "t=1791000000,v1=", "t=1791000000,v1=00", "t=x,v1=y",
        "t=-1,v1=", "t=99999999999999999999,v1=00", "t=9223372036854775807,v1=00"}) {
    EXPECT_EQ(check(header), Verdict::kWrong) << header;
  }
}

}  // namespace
}  // namespace hookspool::signature
