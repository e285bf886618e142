#include "store/patience.h"

#include <gtest/gtest.h>

namespace hookspool::store {
namespace {

using namespace std::chrono_literals;

/// How often a statement naps until it is not to wait any longer.
int naps_of_a_statement(Patience& patience) {
  int naps = 0;
  while (patience.nap(naps)) ++naps;
  return naps;
}

TEST(Patience, EndsWithItsLimit) {
  Patience patience(5ms);
  EXPECT_GT(naps_of_a_statement(patience), 0);
  EXPECT_GT(naps_of_a_statement(patience), 0) << "each statement has as much";

  patience.limit(0ms);
  EXPECT_EQ(naps_of_a_statement(patience), 0);
}

TEST(Patience, IsLessFromAMomentOnThatComesDuringAWait) {
  Patience patience(24h);
  int asked = 0;
  patience.hurry({[&] { return ++asked > 2; }, /*each=*/0ms, /*all=*/24h});

  EXPECT_EQ(naps_of_a_statement(patience), 2);
}

TEST(Patience, InAHurryIsUsedUpByAllStatements) {
  Patience patience(24h);
  patience.hurry({[] { return true; }, /*each=*/24h, /*all=*/5ms});
  EXPECT_GT(naps_of_a_statement(patience), 0);
  EXPECT_EQ(naps_of_a_statement(patience), 0);
}

TEST(Patience, InAHurryIsNoMoreThanWithout) {
  Patience patience(0ms);
  patience.hurry({[] { return true; }, /*each=*/24h, /*all=*/24h});

  EXPECT_EQ(naps_of_a_statement(patience), 0);
}

}  // namespace
}  // namespace hookspool::store
