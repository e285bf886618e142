#include "strava/api_base.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "support/scripted_transport.h"

namespace hookspool::strava {
namespace {

using testing::ElementsAre;

constexpr const char* kOld = "https://old.example/api/v3";
constexpr const char* kNew = "https://new.example";
constexpr const char* kNoSuchPath =
    R"({"message":"Record Not Found","errors":[{"resource":"resource","field":"path","code":"invalid"}]})";
constexpr const char* kNoSuchActivity =
    R"({"message":"Record Not Found","errors":[{"resource":"Activity","field":"","code":"not found"}]})";
constexpr const char* kRefused =
    R"({"message":"Authorization Error","errors":[{"resource":"Athlete","field":"access_token","code":"invalid"}]})";

constexpr const char* kGateway = R"({"message":"no Route matched"})";

HttpResult no_such_host() {
  return TransportFailure{"GET: no such host", TransportFault::kNoConnection};
}

class ApiBaseTest : public testing::Test {
 protected:
  HttpResult ask(const std::string& path = "/athlete") {
    HttpRequest request;
    request.url = path;
    request.bearer_token = Secret("token");
    return perform(transport_, base_, request);
  }
  int status() {
    const HttpResult result = ask();
    const auto* response = std::get_if<HttpResponse>(&result);
    return response == nullptr ? 0 : response->status;
  }
  std::vector<std::string> asked() const {
    std::vector<std::string> urls;
    for (const HttpRequest& request : transport_.requests()) urls.push_back(request.url);
    return urls;
  }

  test::ScriptedTransport transport_;
  ApiBase base_{transport_, {kOld, kNew}};
};

TEST_F(ApiBaseTest, AsksTheFirstAddress) {
  transport_.will_answer(200, "{}");
  EXPECT_EQ(status(), 200);
  EXPECT_THAT(asked(), ElementsAre("https://old.example/api/v3/athlete"));
}

class Moved : public ApiBaseTest, public testing::WithParamInterface<HttpResult> {};

TEST_P(Moved, IsFoundAtTheNextAddressAndAskedThereFromThenOn) {
  transport_.will_answer(GetParam());
  transport_.will_answer(200, "{}");
  EXPECT_EQ(status(), 200);
  transport_.will_answer(200, "{}");
  EXPECT_EQ(status(), 200);
  EXPECT_THAT(asked(), ElementsAre("https://old.example/api/v3/athlete",
                                   "https://new.example/athlete", "https://new.example/athlete"));
  EXPECT_EQ(transport_.requests().at(1).bearer_token.reveal(), "token");
  EXPECT_EQ(base_.url(), kNew);
}

INSTANTIATE_TEST_SUITE_P(HoweverItIsSaid, Moved,
                         testing::Values(HttpResponse{404, {}, kNoSuchPath},
                                         HttpResponse{404, {}, kGateway},
                                         HttpResponse{404, {}, "<html>Not Found</html>"},
                                         HttpResponse{410, {}, R"({"message":"Gone"})"},
                                         HttpResponse{301, {}, ""},
                                         HttpResponse{308, {}, "moved"}));

class Here : public ApiBaseTest, public testing::WithParamInterface<HttpResult> {};

TEST_P(Here, IsNotLookedForElsewhere) {
  transport_.will_answer(GetParam());
  ask();
  EXPECT_EQ(asked().size(), 1U);
  EXPECT_EQ(base_.url(), kOld);
}

INSTANTIATE_TEST_SUITE_P(
    WhateverItSays, Here,
    testing::Values(HttpResponse{200, {}, "[]"}, HttpResponse{404, {}, kNoSuchActivity},
                    HttpResponse{404, {}, ""}, HttpResponse{401, {}, kRefused},
                    HttpResponse{403, {}, "<html>Forbidden</html>"}, HttpResponse{429, {}, ""},
                    HttpResponse{500, {}, "<html>"}, HttpResponse{503, {}, ""},
                    HttpResponse{401, {}, kGateway}, no_such_host(),
                    TransportFailure{"no answer in time", TransportFault::kTimeout},
                    TransportFailure{"cut off", TransportFault::kOther},
                    TransportFailure{"a wrong certificate", TransportFault::kTls}));

class NotHereEither : public ApiBaseTest, public testing::WithParamInterface<HttpResult> {};

TEST_P(NotHereEither, LeavesWhatTheFirstOneSaid) {
  for (const auto& [first, body] : {std::pair(404, "<html>"), std::pair(410, "{}")}) {
    transport_.will_answer(first, body);
    transport_.will_answer(GetParam());
    EXPECT_EQ(status(), first);
  }
  EXPECT_EQ(asked().size(), 4U);
  EXPECT_EQ(base_.url(), kOld);
}

INSTANTIATE_TEST_SUITE_P(WhateverItSays, NotHereEither,
                         testing::Values(no_such_host(), HttpResponse{404, {}, kNoSuchPath},
                                         HttpResponse{404, {}, ""}, HttpResponse{302, {}, ""},
                                         HttpResponse{200, {}, "<html>Welcome</html>"},
                                         HttpResponse{200, {}, ""},
                                         HttpResponse{401, {}, R"({"message":"Unauthorized"})"},
                                         HttpResponse{403, {}, kGateway},
                                         HttpResponse{503, {}, "<html>"},
                                         TransportFailure{"cut off"}));

/// Else what was not asked would count as Strava's failure.
TEST_F(ApiBaseTest, SaysThatTheSecondAddressWasNotAsked) {
  HttpRequest request;
  request.url = "/athlete";
  std::optional<HttpResult> result;
  base_.start(request, [&](const HttpResult& ended) { result = ended; });
  transport_.will_answer(410, "");
  transport_.wait({}, {});
  transport_.withdraw();
  transport_.wait({}, {});

  ASSERT_TRUE(result);
  EXPECT_EQ(std::get<TransportFailure>(*result).fault, TransportFault::kWithdrawn);
}

TEST_F(ApiBaseTest, ComesBackWhenTheSecondAddressEnds) {
  transport_.will_answer(410, "");
  transport_.will_answer(401, kRefused);
  EXPECT_EQ(status(), 401);
  transport_.will_answer(404, kNoSuchPath);
  transport_.will_answer(200, "{}");
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(base_.url(), kOld);
}

TEST_F(ApiBaseTest, LooksForItForEachOfTheRequestsUnderWay) {
  std::vector<int> statuses;
  for (int i = 0; i < 2; ++i) {
    HttpRequest request;
    request.url = "/activities/" + std::to_string(i);
    base_.start(request, [&](const HttpResult& result) {
      statuses.push_back(std::get<HttpResponse>(result).status);
    });
  }
  transport_.will_answer(410, "");
  transport_.will_answer(410, "");
  transport_.will_answer(200, "{}");
  transport_.will_answer(404, kNoSuchActivity);
  while (transport_.in_flight() > 0) transport_.wait({}, {});
  EXPECT_THAT(statuses, ElementsAre(200, 404));
  EXPECT_EQ(base_.url(), kNew);
}

TEST(ApiBase, OfThreeAddressesAsksEachOnceBeginningWithTheOneThatWasFound) {
  test::ScriptedTransport transport;
  ApiBase base(transport, {kOld, kNew, "https://newer.example"});
  HttpRequest request;
  request.url = "/athlete";
  transport.will_answer(410, "");
  transport.will_answer(no_such_host());
  transport.will_answer(200, "[]");
  perform(transport, base, request);
  EXPECT_EQ(base.url(), "https://newer.example");

  for (int i = 0; i < 3; ++i) transport.will_answer(410, "");
  perform(transport, base, request);
  std::vector<std::string> asked;
  for (const HttpRequest& sent : transport.requests()) asked.push_back(sent.url);
  EXPECT_THAT(asked,
              ElementsAre("https://old.example/api/v3/athlete", "https://new.example/athlete",
                          "https://newer.example/athlete", "https://newer.example/athlete",
                          "https://old.example/api/v3/athlete", "https://new.example/athlete"));
}

TEST(ApiBase, OfOneAddressSaysWhatThatOneSaid) {
  test::ScriptedTransport transport;
  ApiBase base(transport, {kNew});
  transport.will_answer(404, kNoSuchPath);
  HttpRequest request;
  request.url = "/athlete";
  EXPECT_EQ(std::get<HttpResponse>(perform(transport, base, request)).status, 404);
  EXPECT_EQ(transport.requests().size(), 1U);
}

}  // namespace
}  // namespace hookspool::strava
