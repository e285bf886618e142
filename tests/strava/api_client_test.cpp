#include "strava/api_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/fake_clock.h"
#include "support/scripted_transport.h"

namespace hookspool::strava {
namespace {

using testing::HasSubstr;

class ApiClientTest : public testing::Test {
 protected:
  Result<Activity> get_activity(std::int64_t id) {
    return wait_for<Result<Activity>>(transport_, [&](auto done) {
      api_.get_activity(event::ActivityId{id}, Secret("a-token"), done);
    });
  }
  Result<event::AthleteId> get_athlete() {
    return wait_for<Result<event::AthleteId>>(
        transport_, [&](auto done) { api_.get_athlete(Secret("a-token"), done); });
  }

  test::ScriptedTransport transport_;
  test::FakeClock clock_;
  std::vector<RateLimits> observed_;
  ApiClient api_{transport_, clock_, "https://api-v3.strava.com",
                 [this](const RateLimits& limits) { observed_.push_back(limits); }};
};

TEST_F(ApiClientTest, AsksForAnActivityWithTheTokenInTheHeaderOnly) {
  transport_.will_answer(200, R"({"id":5,"athlete":{"id":7}})");
  const auto result = get_activity(5);
  ASSERT_FALSE(failure_of(result));
  EXPECT_EQ(std::get<Activity>(result).athlete_id, event::AthleteId{7});
  const HttpRequest& request = transport_.requests().at(0);
  EXPECT_EQ(request.method, HttpMethod::kGet);
  EXPECT_EQ(request.url, "https://api-v3.strava.com/activities/5");
  EXPECT_EQ(request.bearer_token.reveal(), "a-token");
  EXPECT_TRUE(request.query.empty());
  EXPECT_TRUE(request.body.empty());
}

TEST_F(ApiClientTest, ReportsTheRateLimitsOfEveryAnswer) {
  transport_.will_answer(200, R"({"id":5,"athlete":{"id":7}})",
                         {{"X-RateLimit-Limit", "200,2000"}, {"X-RateLimit-Usage", "1,2"}});
  transport_.will_answer(404, "");
  transport_.will_fail("GET: timed out");
  get_activity(5);
  get_activity(5);
  get_activity(5);
  ASSERT_EQ(observed_.size(), 2U);
  EXPECT_EQ(observed_[0].overall, (RateLimit{{200, 1}, {2000, 2}}));
  EXPECT_EQ(observed_[1], RateLimits{});
}

TEST_F(ApiClientTest, TakesAnAnswerThatIsNoActivityForAPassingFault) {
  for (const char* body : {"", "<html>", "[]", R"({"id":5})", R"({"id":6,"athlete":{"id":7}})"}) {
    transport_.will_answer(200, body);
    const auto result = get_activity(5);
    ASSERT_TRUE(failure_of(result)) << body;
    EXPECT_EQ(failure_of(result)->kind, FailureKind::kLater) << body;
  }
}

TEST_F(ApiClientTest, TellsWhatStravaRefused) {
  transport_.will_answer(404, "");
  EXPECT_EQ(failure_of(get_activity(5))->kind, FailureKind::kNotFound);
  transport_.will_fail("GET https://api-v3.strava.com/activities/5: timed out");
  const auto result = get_activity(5);
  EXPECT_EQ(failure_of(result)->kind, FailureKind::kLater);
  EXPECT_THAT(failure_of(result)->detail, HasSubstr("timed out"));
}

TEST_F(ApiClientTest, FindsOutWhoseTokenItIs) {
  transport_.will_answer(200, R"({"id":134815,"username":null})");
  const auto result = get_athlete();
  ASSERT_FALSE(failure_of(result));
  EXPECT_EQ(std::get<event::AthleteId>(result), event::AthleteId{134815});
  EXPECT_EQ(transport_.requests().at(0).url, "https://api-v3.strava.com/athlete");
}

}  // namespace
}  // namespace hookspool::strava
