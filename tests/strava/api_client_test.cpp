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
    return wait_for<Result<Activity>>(
        transport_, [&](auto done) { api_.get_activity(event::ActivityId{id}, caller_, done); });
  }
  Result<event::AthleteId> get_athlete() {
    return wait_for<Result<event::AthleteId>>(transport_,
                                              [&](auto done) { api_.get_athlete(caller_, done); });
  }

  test::ScriptedTransport transport_;
  test::FakeClock clock_;
  std::vector<RateLimits> observed_;
  const ApiClient::Caller caller_{
      Secret("a-token"), [this](const RateLimits& limits) { observed_.push_back(limits); }};
  ApiClient api_{transport_, clock_, {"https://api-v3.strava.com"}};
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
  EXPECT_EQ(request.query.reveal(), "include_all_efforts=true");
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
  ASSERT_EQ(observed_.size(), 3U) << "one for each request, answered or not";
  EXPECT_EQ(observed_[0].overall, (RateLimit{{200, 1}, {2000, 2}}));
  EXPECT_EQ(observed_[1], RateLimits{});
  EXPECT_EQ(observed_[2], RateLimits{});
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

TEST_F(ApiClientTest, AsksForTheStreamsByName) {
  transport_.will_answer(200, R"({"time":{"data":[0,1]}})");
  const auto result = wait_for<Result<ApiClient::Streams>>(transport_, [&](auto done) {
    api_.get_streams(event::ActivityId{5}, {"time", "latlng"}, caller_, done);
  });
  EXPECT_EQ(std::get<ApiClient::Streams>(result).json, R"({"time":{"data":[0,1]}})");
  EXPECT_FALSE(std::get<ApiClient::Streams>(result).empty);
  EXPECT_EQ(transport_.requests().at(0).url, "https://api-v3.strava.com/activities/5/streams");
  EXPECT_EQ(transport_.requests().at(0).query.reveal(), "keys=time%2Clatlng&key_by_type=true");
}

TEST_F(ApiClientTest, TakesStreamsInAnArrayAsIfTheyWereKeyed) {
  transport_.will_answer(200, R"([{"type":"time","data":[0,1]}])");
  const auto result = wait_for<Result<ApiClient::Streams>>(transport_, [&](auto done) {
    api_.get_streams(event::ActivityId{5}, {"time"}, caller_, done);
  });
  EXPECT_EQ(std::get<ApiClient::Streams>(result).json, R"({"time":{"data":[0,1],"type":"time"}})");
}

TEST_F(ApiClientTest, ListsAPageOfActivities) {
  transport_.will_answer(
      200, R"([{"id":5,"athlete":{"id":7},"distance":1.0} , {"athlete":{"id":7},"id":6}])");
  const auto result = wait_for<Result<std::vector<Activity>>>(transport_, [&](auto done) {
    using std::chrono::sys_seconds;
    using std::chrono::seconds;
    api_.list_activities({sys_seconds(seconds(10)), sys_seconds(seconds(20)), 3}, caller_, done);
  });
  const auto& page = std::get<std::vector<Activity>>(result);
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].json, R"({"id":5,"athlete":{"id":7},"distance":1.0})");
  EXPECT_EQ(page[1].id, event::ActivityId{6});
  EXPECT_EQ(page[1].resource_state, 2);
  EXPECT_EQ(transport_.requests().at(0).query.reveal(), "after=10&before=20&page=3&per_page=200");
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
