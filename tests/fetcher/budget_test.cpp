#include "fetcher/budget.h"

#include <gtest/gtest.h>

#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::fetcher {
namespace {

using namespace std::chrono_literals;
using store::Lane;

class BudgetTest : public testing::Test {
 protected:
  BudgetTest() { clock_.advance(7min + 30s); }

  test::TemporaryStore store_;
  test::FakeClock clock_;
  Budget budget_{store_.database(), clock_, 0.2};
};

TEST_F(BudgetTest, IsSharedByAllProcesses) {
  store::Database database(store_.url());
  Budget other(database, clock_, 0.2);
  for (int i = 0; i < 60; ++i) budget_.take();
  EXPECT_EQ(other.payable(Lane::kFresh), 40);
  for (int i = 0; i < 40; ++i) other.take();
  EXPECT_EQ(budget_.payable(Lane::kFresh), 0);
  EXPECT_FALSE(budget_.take_if_payable(Lane::kFresh));
}

TEST_F(BudgetTest, RefusesWithoutUndoingWhatItIsAPartOf) {
  budget_.refused({});
  {
    store::Transaction transaction(store_.database());
    EXPECT_FALSE(budget_.take_if_payable(Lane::kFresh));
    EXPECT_NO_THROW(transaction.commit());
  }
}

TEST_F(BudgetTest, OutlivesARestart) {
  const auto ticket = budget_.take();
  budget_.answered(
      ticket, {strava::RateLimit{{600, 1}, {6000, 1}}, strava::RateLimit{{300, 1}, {3000, 1}}});

  EXPECT_EQ(Budget(store_.database(), clock_, 0).payable(Lane::kFresh), 299);
}

/// As a version left it that believed a header of "0,0".
TEST_F(BudgetTest, GoesOnWhereALimitOfNothingWasKept) {
  budget_.take();
  store_.database().session() << "UPDATE rate_windows SET read_limit = 0, overall_limit = 0";
  EXPECT_EQ(budget_.payable(Lane::kFresh), 99);
}

TEST_F(BudgetTest, KeepsTheReserveForFreshEvents) {
  for (const Lane lane : {Lane::kRetry, Lane::kSettle, Lane::kReconcile, Lane::kBackfill}) {
    EXPECT_EQ(budget_.payable(lane), 90) << store::name_of(lane);
  }
  EXPECT_EQ(budget_.payable(Lane::kFresh), 100);
}

TEST_F(BudgetTest, TellsSinceWhenALaneCouldPay) {
  const Timestamp start = clock_.now();
  EXPECT_EQ(budget_.could_pay_since(Lane::kBackfill, start - 1h), start - 1h);
  budget_.refused({});
  EXPECT_EQ(budget_.could_pay_since(Lane::kFresh, start - 1h), start) << "it cannot yet";
  clock_.advance(1h);
  EXPECT_EQ(budget_.could_pay_since(Lane::kFresh, start - 1h), start + 7min + 35s);
  EXPECT_EQ(budget_.could_pay_since(Lane::kFresh, start + 30min), start + 30min);
}

TEST_F(BudgetTest, LetsOthersGoFirstInANewWindow) {
  Budget late(store_.database(), clock_, 0, 2s);
  EXPECT_EQ(late.payable_at(Lane::kFresh), clock_.now()) << "only in a new one";
  budget_.refused({});
  EXPECT_EQ(late.payable_at(Lane::kFresh), budget_.payable_at(Lane::kFresh) + 2s);
}

}  // namespace
}  // namespace hookspool::fetcher
