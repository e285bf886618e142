#include "strava_sim/signature.h"

#include <gtest/gtest.h>

namespace hookspool::strava_sim {
namespace {

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1'791'000'000)};

TEST(Signature, AgreesWithTheTestCaseOfRfc4231) {
  EXPECT_EQ(hmac_sha256("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Signature, CoversTheTimeAndTheBody) {
  EXPECT_EQ(signature_header(SignatureForm::kValid, "key", "{}", kNow),
            "t=1791000000,v1=" + hmac_sha256("key", "1791000000.{}"));
}

TEST(Signature, ComesInEveryFormThatAReceiverMayMeet) {
  const std::string right = hmac_sha256("key", "1791000000.{}");
  EXPECT_FALSE(signature_header(SignatureForm::kNone, "key", "{}", kNow));
  const auto wrong = signature_header(SignatureForm::kWrongKey, "key", "{}", kNow);
  EXPECT_EQ(wrong->find(right), std::string::npos);
  EXPECT_EQ(signature_header(SignatureForm::kStale, "key", "{}", kNow)->find("t=1790996400,"), 0U);
  const auto several = signature_header(SignatureForm::kSeveral, "key", "{}", kNow);
  EXPECT_NE(several->find(",v1=" + right), several->find(",v1="));
  EXPECT_NE(several->find(",v1=" + right), std::string::npos);
}

}  // namespace
}  // namespace hookspool::strava_sim
