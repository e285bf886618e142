#include "store/pause.h"

#include <gtest/gtest.h>

#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::store {
namespace {

using namespace std::chrono_literals;
using Kind = PauseState::Kind;

class PauseTest : public testing::Test {
 protected:
  void set(Kind kind, std::chrono::seconds length) {
    pause_.set(kind, "a reason", clock_.now(), clock_.now() + length);
  }

  test::TemporaryStore store_;
  Pause pause_{store_.database()};
  test::FakeClock clock_;
};

TEST_F(PauseTest, IsKeptByEveryProcessUntilItIsEnded) {
  EXPECT_FALSE(pause_.find());
  set(Kind::kOutage, 15min);

  Database other(store_.url());
  const auto seen = Pause(other).find();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->kind, Kind::kOutage);
  EXPECT_EQ(seen->reason, "a reason");
  EXPECT_EQ(seen->until, clock_.now() + 15min);
  EXPECT_EQ(seen->probes, 0);

  Pause(other).end();
  EXPECT_FALSE(pause_.find());
}

TEST_F(PauseTest, IsNeverShortened) {
  set(Kind::kRateLimit, 8h);
  set(Kind::kApplication, 15min);

  EXPECT_EQ(pause_.find()->until, clock_.now() + 8h);
  EXPECT_EQ(pause_.find()->kind, Kind::kApplication);
}

TEST_F(PauseTest, LastsSinceItsFirstDayForTheSameReason) {
  const Timestamp start = clock_.now();
  set(Kind::kApplication, 15min);
  clock_.advance(15min);
  set(Kind::kApplication, 15min);

  EXPECT_EQ(pause_.find()->since, start);
  set(Kind::kOutage, 15min);
  EXPECT_EQ(pause_.find()->since, clock_.now());
}

TEST_F(PauseTest, CountsTheProbesThatWentToFindOut) {
  set(Kind::kOutage, 30s);
  clock_.advance(30s);
  pause_.begin_probe(clock_.now() + 90s);
  EXPECT_EQ(pause_.find()->until, clock_.now() + 90s);
  pause_.end_probe(clock_.now() + 90s, clock_.now());
  set(Kind::kOutage, 60s);

  EXPECT_EQ(pause_.find()->probes, 1);
  EXPECT_EQ(pause_.find()->until, clock_.now() + 60s) << "the probe is over";
}

TEST_F(PauseTest, IsNotShortenedByAProbeFromBeforeItWasExtended) {
  set(Kind::kOutage, 30s);
  clock_.advance(30s);
  const Timestamp until = clock_.now() + 90s;
  pause_.begin_probe(until);
  set(Kind::kRateLimit, 15min);

  pause_.end_probe(until, clock_.now());
  EXPECT_EQ(pause_.find()->until, clock_.now() + 15min);
  pause_.take_back_probe(until, clock_.now());
  EXPECT_EQ(pause_.find()->until, clock_.now() + 15min);
}

TEST_F(PauseTest, DoesNotCountAProbeThatAskedNothing) {
  set(Kind::kOutage, 30s);
  clock_.advance(30s);
  pause_.begin_probe(clock_.now() + 90s);
  pause_.take_back_probe(clock_.now() + 90s, clock_.now());

  EXPECT_EQ(pause_.find()->probes, 0);
  EXPECT_EQ(pause_.find()->until, clock_.now());
}

}  // namespace
}  // namespace hookspool::store
