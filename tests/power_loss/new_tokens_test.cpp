#include "power_loss/new_tokens.h"

#include <gtest/gtest.h>

#include <string>

namespace hookspool::power_loss {
namespace {

using preload::Kind;

constexpr int kConnection = 9;
constexpr int kOtherConnection = 10;

const Operation kRequest{
    .kind = Kind::kSend, .data = "POST /oauth/token HTTP/1.1\r\n\r\n", .descriptor = kConnection};
const Operation kChange{.kind = Kind::kWrite, .path = "store/hookspool.db-wal"};
const Operation kFailure{.kind = Kind::kFailure};

Operation received(const std::string& data, int connection = kConnection) {
  return {.kind = Kind::kReceive, .data = data, .descriptor = connection};
}

TEST(ChangesSinceNewTokens, AreCountedFromTheAnswersLastByteToTheFirstFailure) {
  EXPECT_EQ(
      changes_since_new_tokens({kChange, kRequest, kChange, received(R"({"access_token":)"),
                                kChange, received(R"("a"})"), kChange, kChange, kFailure, kChange}),
      2);
}

TEST(ChangesSinceNewTokens, AreCountedToTheEndOfOneThatWasKilled) {
  EXPECT_EQ(changes_since_new_tokens({kRequest, received("{}"), kChange}), 1);
}

TEST(ChangesSinceNewTokens, AreNoneWhileStravaIsStillToAnswer) {
  EXPECT_EQ(changes_since_new_tokens({kRequest, received("{}", kOtherConnection), kChange}), 0);
  EXPECT_EQ(changes_since_new_tokens({kRequest, kFailure, received("{}"), kChange}), 0);
}

TEST(ChangesSinceNewTokens, AreUnknownWhereTokensWereAskedForAfterAFailureOnly) {
  EXPECT_EQ(changes_since_new_tokens({kChange, kFailure, kRequest, received("{}")}), std::nullopt);
}

}  // namespace
}  // namespace hookspool::power_loss
