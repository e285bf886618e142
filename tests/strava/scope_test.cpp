#include "strava/scope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookspool::strava {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Scope, IsSeparatedByCommasOrSpaces) {
  EXPECT_THAT(parse_scope("read,activity:read"), ElementsAre("activity:read", "read"));
  EXPECT_THAT(parse_scope(" read, activity:read ,"), ElementsAre("activity:read", "read"));
  EXPECT_THAT(parse_scope(""), IsEmpty());
}

TEST(Scope, MissesWhatWasNotGranted) {
  EXPECT_THAT(missing_scopes("read,activity:read,activity:read_all"), IsEmpty());
  EXPECT_THAT(missing_scopes("read,activity:read"), ElementsAre("activity:read_all"));
  EXPECT_THAT(missing_scopes("read,activity:read_all"), ElementsAre("activity:read"));
  EXPECT_THAT(missing_scopes("read"), ElementsAre("activity:read", "activity:read_all"));
}

}  // namespace
}  // namespace hookspool::strava
