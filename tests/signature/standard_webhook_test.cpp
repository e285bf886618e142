#include "signature/standard_webhook.h"

#include <gtest/gtest.h>

namespace hookspool::signature {
namespace {

/// The example of the specification's reference implementations.
TEST(StandardWebhookSignature, IsThatOfTheSpecification) {
  EXPECT_EQ(standard_webhook_signature(
                Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "msg_p5jXN8AQM9LWM0D4loKWxJek",
                Timestamp(std::chrono::seconds(1614265330)), R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(StandardWebhookSignature, TakesAnyTextForAKey) {
  const Timestamp time{std::chrono::seconds(1)};
  EXPECT_EQ(standard_webhook_signature(Secret("key"), "msg_1", time, "{}"),
            standard_webhook_signature(Secret("whsec_a2V5"), "msg_1", time, "{}"));
}

}  // namespace
}  // namespace hookspool::signature
