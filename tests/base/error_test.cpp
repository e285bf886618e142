#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace hookspool {
namespace {

TEST(SystemError, SaysWhatCouldNotBeDoneToWhatAndWhy) {
  const SystemError error("open /var/spool/hookspool/current", ENOSPC);

  EXPECT_EQ(std::string(error.what()),
            "cannot open /var/spool/hookspool/current: No space left on device");
  EXPECT_EQ(error.error_number(), ENOSPC);
  EXPECT_EQ(error.exit_code(), ExitCode::kSystem);
}

TEST(SystemError, EndsTheProgramWithTheCodeThatItWasGiven) {
  EXPECT_EQ(SystemError("create x", EACCES, ExitCode::kCannotCreate).exit_code(),
            ExitCode::kCannotCreate);
}

TEST(ConfigurationError, EndsTheProgramWith78) {
  const ConfigurationError error("hookspool.toml:3: unknown key receiver.colour");

  EXPECT_EQ(static_cast<int>(error.exit_code()), 78);
  EXPECT_EQ(std::string(error.what()), "hookspool.toml:3: unknown key receiver.colour");
}

TEST(ExitCode, FollowsSysexits) {
  EXPECT_EQ(static_cast<int>(ExitCode::kOk), 0);
  EXPECT_EQ(static_cast<int>(ExitCode::kUsage), 64);
  EXPECT_EQ(static_cast<int>(ExitCode::kUnavailable), 69);
  EXPECT_EQ(static_cast<int>(ExitCode::kCannotCreate), 73);
  EXPECT_EQ(static_cast<int>(ExitCode::kTryAgain), 75);
  EXPECT_EQ(static_cast<int>(ExitCode::kConfiguration), 78);
}

}  // namespace
}  // namespace hookspool
