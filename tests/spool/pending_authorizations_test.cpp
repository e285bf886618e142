#include "spool/pending_authorizations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "base/file_content.h"
#include "support/fake_clock.h"
#include "support/temporary_directory.h"

namespace hookspool::spool {
namespace {

using namespace std::chrono_literals;

class PendingAuthorizationsTest : public testing::Test {
 protected:
  test::FakeClock clock_;
  const test::TemporaryDirectory directory_;
  const Layout layout_{directory_ / "spool"};
  const PendingAuthorizations authorizations_{layout_, clock_};
};

TEST_F(PendingAuthorizationsTest, ArePendingForTenMinutes) {
  const std::string state = authorizations_.begin();

  EXPECT_TRUE(authorizations_.is_pending(state));
  clock_.advance(10min - 1us);
  EXPECT_TRUE(authorizations_.is_pending(state));
  clock_.advance(1us);
  EXPECT_FALSE(authorizations_.is_pending(state));
}

TEST_F(PendingAuthorizationsTest, AreUsedUpOnce) {
  const std::string state = authorizations_.begin();
  const std::string other = authorizations_.begin();

  authorizations_.end(state);

  EXPECT_FALSE(authorizations_.is_pending(state));
  EXPECT_TRUE(authorizations_.is_pending(other));
  authorizations_.end(state);
}

TEST_F(PendingAuthorizationsTest, AreSeenByOtherProcesses) {
  const PendingAuthorizations of_receiver(layout_, clock_);

  EXPECT_TRUE(of_receiver.is_pending(authorizations_.begin()));
}

TEST_F(PendingAuthorizationsTest, AreForgottenWhenTheyHaveExpiredAndAnotherBegins) {
  const std::string old = authorizations_.begin();
  clock_.advance(11min);
  authorizations_.begin();

  EXPECT_FALSE(std::filesystem::exists(layout_.authorizations() / old));
}

TEST_F(PendingAuthorizationsTest, NeverMakeAFileNameOfWhatIsNoToken) {
  authorizations_.begin();
  std::ofstream(layout_.root() / "subscription") << to_rfc3339(clock_.now() + 1h);

  for (const char* text : {"", ".", "..", "../subscription", "/etc/passwd"}) {
    EXPECT_FALSE(authorizations_.is_pending(text)) << text;
    authorizations_.end(text);
  }
  EXPECT_TRUE(std::filesystem::exists(layout_.root() / "subscription"));
}

TEST_F(PendingAuthorizationsTest, AreNoneWhereTheFileSaysNothing) {
  const std::string state = authorizations_.begin();
  std::ofstream(layout_.authorizations() / state) << "soon";

  EXPECT_FALSE(authorizations_.is_pending(state));
}

}  // namespace
}  // namespace hookspool::spool
