// The client's parts together, over real connections, against the simulated Strava.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "strava/api_client.h"
#include "strava/curl_transport.h"
#include "strava/oauth_client.h"
#include "strava/subscriptions.h"
#include "support/http_server.h"
#include "support/simulated_strava.h"

namespace hookspool::strava {
namespace {

constexpr std::int64_t kAthlete = 134815;

class SimulatedStravaTest : public testing::Test {
 protected:
  Tokens refreshed(const std::string& refresh_token) {
    auto result = refresh(refresh_token);
    if (const Failure* failure = failure_of(result)) throw std::runtime_error(failure->detail);
    return std::get<Tokens>(result);
  }
  Result<Tokens> refresh(const std::string& refresh_token) {
    OAuthClient oauth(transport_, clock_, strava_.application());
    return wait_for<Result<Tokens>>(transport_,
                                    [&](auto done) { oauth.refresh(Secret(refresh_token), done); });
  }
  Result<Activity> get_activity(std::int64_t id, const Secret& access_token) {
    ApiClient api(transport_, clock_, {strava_.url() + "/api/v3", strava_.url()});
    const ApiClient::Caller caller{access_token,
                                   [this](const RateLimits& limits) { limits_ = limits; }};
    return wait_for<Result<Activity>>(
        transport_, [&](auto done) { api.get_activity(event::ActivityId{id}, caller, done); });
  }
  FailureKind kind_of_failure(std::int64_t id, const Secret& access_token) {
    const auto result = get_activity(id, access_token);
    const Failure* failure = failure_of(result);
    if (failure == nullptr) throw std::runtime_error("the call succeeded");
    return failure->kind;
  }

  test::SimulatedStrava strava_;
  CurlTransport transport_;
  SystemClock clock_;
  RateLimits limits_;
};

TEST_F(SimulatedStravaTest, GivesAnActivityAtTheAddressOf2027) {
  const Tokens tokens = refreshed(strava_.add_athlete(kAthlete).refresh_token);
  const std::int64_t id = strava_.add_activity(kAthlete);
  strava_.set_switch("mode_2027", true);
  EXPECT_FALSE(failure_of(get_activity(id, tokens.access_token)));
}

TEST_F(SimulatedStravaTest, GivesAnActivityForARefreshedToken) {
  const Tokens tokens = refreshed(strava_.add_athlete(kAthlete).refresh_token);
  const std::int64_t id = strava_.add_activity(kAthlete);
  const auto result = get_activity(id, tokens.access_token);
  ASSERT_FALSE(failure_of(result)) << failure_of(result)->detail;
  const auto& activity = std::get<Activity>(result);
  EXPECT_EQ(activity.id, event::ActivityId{id});
  EXPECT_EQ(activity.athlete_id, event::AthleteId{kAthlete});
  EXPECT_TRUE(activity.name);
  EXPECT_TRUE(activity.start_date);
  EXPECT_TRUE(activity.distance_m);
  ASSERT_TRUE(limits_.read);
  EXPECT_EQ(limits_.read->quarter_hour, (Allowance{100, 1}));
}

TEST_F(SimulatedStravaTest, RotatesTheRefreshTokenAndRefusesTheOldOneByName) {
  const std::string first = strava_.add_athlete(kAthlete).refresh_token;
  const Tokens tokens = refreshed(first);
  EXPECT_NE(tokens.refresh_token.reveal(), first);
  EXPECT_GT(tokens.expires_at, clock_.now());
  EXPECT_EQ(failure_of(refresh(first))->kind, FailureKind::kStopAthlete);
  EXPECT_FALSE(failure_of(refresh(tokens.refresh_token.reveal())));
}

TEST_F(SimulatedStravaTest, IsReadRightWhateverGoesWrong) {
  const Tokens tokens = refreshed(strava_.add_athlete(kAthlete).refresh_token);
  const std::int64_t id = strava_.add_activity(kAthlete);
  struct Case {
    const char* fault;
    int status;
    FailureKind kind;
  };
  for (const Case& expected : std::vector<Case>{
           {"status", 500, FailureKind::kLater},
           {"status", 503, FailureKind::kLater},
           {"status", 429, FailureKind::kRateLimited},
           {"status", 404, FailureKind::kNotFound},
           {"status", 403, FailureKind::kNever},
           {"status", 401, FailureKind::kInvalidAccessToken},
           {"cut_body", 0, FailureKind::kLater},
           {"wrong_json", 0, FailureKind::kLater},
           {"html", 0, FailureKind::kLater},
           {"empty", 0, FailureKind::kLater},
           {"inactive", 0, FailureKind::kStopApplication},
       }) {
    strava_.add_fault("/activities/", expected.fault, expected.status);
    EXPECT_EQ(name_of(kind_of_failure(id, tokens.access_token)), name_of(expected.kind))
        << expected.fault << " " << expected.status;
  }
  EXPECT_FALSE(failure_of(get_activity(id, tokens.access_token)));
}

TEST_F(SimulatedStravaTest, IsReadRightInEveryFormOfItsData) {
  const Tokens tokens = refreshed(strava_.add_athlete(kAthlete).refresh_token);
  const std::int64_t id = strava_.add_activity(kAthlete);
  for (const char* form : {"resource", "record", "empty"}) {
    strava_.set_switch("not_found_form", form);
    EXPECT_EQ(kind_of_failure(id + 1, tokens.access_token), FailureKind::kNotFound) << form;
  }
  strava_.set_switch("app_inactive", true);
  EXPECT_EQ(kind_of_failure(id, tokens.access_token), FailureKind::kStopApplication);
}

TEST_F(SimulatedStravaTest, SubscribesListsAndUnsubscribes) {
  test::HttpServer receiver;
  receiver.routes().Get("/", [](const httplib::Request& request, httplib::Response& response) {
    response.set_content(
        R"({"hub.challenge":")" + request.get_param_value("hub.challenge") + R"("})",
        "application/json");
  });
  Subscriptions subscriptions(transport_, clock_, strava_.application());
  const std::string url = receiver.url() + "/?key=1";

  const auto created = subscriptions.create(url, Secret("STRAVA"));
  ASSERT_FALSE(failure_of(created)) << failure_of(created)->detail;
  const auto id = std::get<event::SubscriptionId>(created);
  const auto list = std::get<std::vector<Subscription>>(subscriptions.list());
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].id, id);
  EXPECT_EQ(list[0].callback_url, url);
  EXPECT_EQ(failure_of(subscriptions.create(url, Secret("STRAVA")))->kind, FailureKind::kNever);
  EXPECT_FALSE(failure_of(subscriptions.remove(id)));
  EXPECT_TRUE(std::get<std::vector<Subscription>>(subscriptions.list()).empty());
}

}  // namespace
}  // namespace hookspool::strava
