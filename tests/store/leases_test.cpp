#include "store/leases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/athletes.h"
#include "store/authorizations.h"
#include "store/jobs.h"
#include "store/notifications.h"
#include "store/temporary_store.h"
#include "support/fake_clock.h"

namespace hookspool::store {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr event::AthleteId kAthlete{134815};
constexpr std::int64_t kActivity = 14919682220;

class LeasesTest : public testing::Test {
 protected:
  LeasesTest() {
    Athlete athlete;
    athlete.id = kAthlete;
    athletes_.put(athlete, clock_.now());
    jobs_.want(Wish::kFetch, kActivity, kAthlete, {}, clock_.now());
    event::Authorization authorization;
    authorization.state = "state";
    authorizations_.add(authorization, clock_.now());
    Notification notification;
    notification.consumer = "command";
    notification.made = notification.due = clock_.now();
    notifications_.add(notification);
  }
  bool lease_refresh(const std::string& holder) {
    return athletes_.lease_refresh(kAthlete, holder, clock_.now(), clock_.now() + 1min);
  }
  bool claim_code(const std::string& holder) {
    return authorizations_.claim(holder, clock_.now(), clock_.now() + 1min).has_value();
  }
  std::vector<Job> claim_jobs(const std::string& holder) {
    return jobs_.claim(Lane::kFresh, 1, holder, clock_.now(), clock_.now() + 1min);
  }
  std::vector<Notification> claim_notifications(const std::string& holder) {
    return notifications_.claim("command", 1, holder, clock_.now(), clock_.now() + 1min);
  }

  test::TemporaryStore store_;
  test::FakeClock clock_;
  Athletes athletes_{store_.database()};
  Authorizations authorizations_{store_.database()};
  Jobs jobs_{store_.database()};
  Notifications notifications_{store_.database()};
  Leases leases_{store_.database()};
};

TEST_F(LeasesTest, OfADeadProcessAreEndedAllAtOnce) {
  lease_refresh("the dead");
  claim_code("the dead");
  claim_jobs("the dead");
  claim_notifications("the dead");

  leases_.end_all_of("the dead");

  EXPECT_THAT(leases_.holders(), IsEmpty());
  EXPECT_TRUE(lease_refresh("us"));
  EXPECT_TRUE(claim_code("us"));
  EXPECT_THAT(claim_jobs("us"), SizeIs(1));
  EXPECT_THAT(claim_notifications("us"), SizeIs(1));
}

TEST_F(LeasesTest, OfOthersGoOn) {
  lease_refresh("the dead");
  claim_code("a fourth");
  claim_jobs("another");
  claim_notifications("a third");
  EXPECT_THAT(leases_.holders(),
              UnorderedElementsAre("the dead", "another", "a third", "a fourth"));

  leases_.end_all_of("the dead");

  EXPECT_THAT(leases_.holders(), UnorderedElementsAre("another", "a third", "a fourth"));
  EXPECT_FALSE(claim_code("us"));
  EXPECT_THAT(claim_jobs("us"), IsEmpty());
}

}  // namespace
}  // namespace hookspool::store
