#include "event/accept_filter.h"

#include <gtest/gtest.h>

#include <set>

namespace hookspool::event {
namespace {

TEST(AcceptFilter, TakesCreatesDeletesAndDeauthorizationsByDefault) {
  const AcceptFilter filter;

  EXPECT_TRUE(filter.accepts(Kind::kActivityCreate));
  EXPECT_TRUE(filter.accepts(Kind::kActivityDelete));
  EXPECT_TRUE(filter.accepts(Kind::kAthleteDeauthorize));
  EXPECT_FALSE(filter.accepts(Kind::kActivityUpdate)) << "updates are opt-in";
  EXPECT_FALSE(filter.accepts(Kind::kUnknown));
}

TEST(AcceptFilter, TakesExactlyTheKindsThatItIsGiven) {
  const AcceptFilter filter({Kind::kActivityUpdate});

  EXPECT_TRUE(filter.accepts(Kind::kActivityUpdate));
  EXPECT_FALSE(filter.accepts(Kind::kActivityCreate));
  EXPECT_FALSE(AcceptFilter(std::set<Kind>{}).accepts(Kind::kActivityCreate));
}

}  // namespace
}  // namespace hookspool::event
