#include "ctl/refusal.h"

#include <gtest/gtest.h>

namespace hookspool::ctl {
namespace {

using strava::Failure;
using strava::FailureKind;

TEST(Refusal, HasTheExitCodeOfItsKind) {
  const auto exit_code = [](FailureKind kind) {
    return refusal("subscribe", Failure{kind, "Strava answered 400", std::nullopt}).exit_code();
  };
  EXPECT_EQ(exit_code(FailureKind::kLater), ExitCode::kTryAgain);
  EXPECT_EQ(exit_code(FailureKind::kRateLimited), ExitCode::kTryAgain);
  EXPECT_EQ(exit_code(FailureKind::kNotFound), ExitCode::kNoInput);
  EXPECT_EQ(exit_code(FailureKind::kNever), ExitCode::kUnavailable);
  EXPECT_EQ(exit_code(FailureKind::kStopApplication), ExitCode::kUnavailable);
  EXPECT_EQ(exit_code(FailureKind::kStopAthlete), ExitCode::kNoPermission);
  EXPECT_EQ(exit_code(FailureKind::kInvalidAccessToken), ExitCode::kNoPermission);
}

TEST(Refusal, SaysWhatWhyAndWhenAgain) {
  const Failure failure{FailureKind::kRateLimited, "Strava answered 429",
                        from_rfc3339("2026-11-23T15:45:05Z")};
  EXPECT_STREQ(refusal("subscribe", failure).what(),
               "cannot subscribe: Strava answered 429; try again after 2026-11-23T15:45:05Z");
}

TEST(Refusal, IsThrownForACallThatMustSucceed) {
  EXPECT_EQ(required("count", strava::Result<int>(7)), 7);
  EXPECT_THROW(required("count", strava::Result<int>(Failure{})), Error);
}

}  // namespace
}  // namespace hookspool::ctl
