#include "ctl/subscription_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/file_content.h"
#include "receiver/known_subscription.h"
#include "support/temporary_directory.h"

namespace hookspool::ctl {
namespace {

using event::SubscriptionId;

TEST(SubscriptionFile, SaysWhatTheReceiverReads) {
  const test::TemporaryDirectory spool;
  const SubscriptionFile file(spool.path());
  file.write(SubscriptionId{131300});
  EXPECT_EQ(read_file(spool / "subscription"), "131300\n");
  EXPECT_EQ(file.read(), SubscriptionId{131300});
  EXPECT_EQ(receiver::KnownSubscription(std::nullopt, file.path()).id(), SubscriptionId{131300});
}

TEST(SubscriptionFile, CanBeReadByTheUserOfTheWebServer) {
  const test::TemporaryDirectory spool;
  const SubscriptionFile file(spool.path());
  file.write(SubscriptionId{1});
  struct stat status {};
  ASSERT_EQ(::stat(file.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0644U);
}

TEST(SubscriptionFile, IsNothingWhileItIsMissingOrHoldsNoId) {
  const test::TemporaryDirectory spool;
  const SubscriptionFile file(spool.path());
  EXPECT_FALSE(file.read());
  for (const char* content : {"", "\n", "0\n", "-1\n", "abc\n", "12 \n", "1\n\n"}) {
    std::ofstream(spool / "subscription") << content;
    EXPECT_FALSE(file.read()) << content;
  }
}

TEST(SubscriptionFile, IsGoneAfterItsRemovalHoweverOften) {
  const test::TemporaryDirectory spool;
  const SubscriptionFile file(spool.path());
  file.write(SubscriptionId{1});
  file.remove();
  file.remove();
  EXPECT_FALSE(std::filesystem::exists(file.path()));
}

TEST(SubscriptionFile, MakesTheSpoolThatItStandsIn) {
  const test::TemporaryDirectory directory;
  const SubscriptionFile file(directory / "spool");
  file.prepare();
  file.prepare();
  file.write(SubscriptionId{1});
  EXPECT_EQ(file.read(), SubscriptionId{1});
}

}  // namespace
}  // namespace hookspool::ctl
