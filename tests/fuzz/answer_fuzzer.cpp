// An answer of Strava's to every call that we make. The input is written like HTTP: the status in
// the first line, headers, an empty line, the body.

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <string>
#include <variant>

#include "event/utf8.h"
#include "property.h"
#include "strava/api_client.h"
#include "strava/classification.h"
#include "strava/error_body.h"
#include "strava/json_body.h"
#include "strava/oauth_client.h"
#include "strava/printable_text.h"
#include "strava/rate_budget.h"
#include "strava/scope.h"
#include "strava/subscriptions.h"
#include "support/fake_clock.h"
#include "support/scripted_transport.h"

namespace hookspool {
namespace {

using fuzz::expect;
using strava::Failure;
using strava::FailureKind;
using strava::HttpResponse;

const Secret kToken("8cf1d0b7e29a46f3");
const Secret kClientSecret("f3a92be07d1c6485");
const event::ActivityId kActivity{7};

config::StravaConfig configuration() {
  config::StravaConfig config;
  config.client_id = 1;
  config.client_secret = kClientSecret;
  return config;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

HttpResponse response_of(std::string_view text) {
  HttpResponse response;
  const std::string_view status = take_line(text);
  std::from_chars(status.data(), status.data() + status.size(), response.status);
  // What libcurl passes on.
  response.status = std::clamp(response.status, 200, 999);
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    const std::size_t colon = std::min(line.find(": "), line.size());
    response.headers.add(std::string(line.substr(0, colon)),
                         std::string(line.substr(std::min(colon + 2, line.size()))));
  }
  response.body = text;
  return response;
}

void expect_sound(const Failure& failure, const HttpResponse& response, Timestamp now) {
  expect(!failure.detail.empty(), "a failure says what happened");
  expect(strava::printable(failure.detail) == failure.detail, "a failure fits into a log");
  for (const Secret* secret : {&kToken, &kClientSecret}) {
    expect(failure.detail.find(secret->reveal()) == std::string::npos ||
               response.body.find(secret->reveal()) != std::string::npos,
           "a failure tells no secret");
  }
  expect(failure.kind != FailureKind::kRateLimited || failure.retry_at.has_value(),
         "a rate limit has an end");
  expect(
      !failure.retry_at || (*failure.retry_at >= now &&
                            *failure.retry_at <= now + std::chrono::days(1) + strava::kClockMargin),
      "nobody waits for more than a day");
}

/// Sees every answer of the calls below.
class Caller {
 public:
  explicit Caller(const HttpResponse& response) : response_(response) {
    // Some calls ask a second time, in another way, and each at every address of the API.
    const std::size_t most = 2 * configuration().api_urls.size();
    for (std::size_t i = 0; i < most; ++i) transport_.will_answer(response);
  }

  test::ScriptedTransport& transport() { return transport_; }
  const test::FakeClock& clock() const { return clock_; }

  template <typename T>
  void expect_sound_result(const strava::Result<T>& result) const {
    const Failure* const failure = strava::failure_of(result);
    if (failure != nullptr) expect_sound(*failure, response_, clock_.now());
  }

  template <typename T, typename Begin>
  strava::Result<T> ask(Begin begin) {
    auto result = strava::wait_for<strava::Result<T>>(transport_, begin);
    expect_sound_result(result);
    return result;
  }

 private:
  const HttpResponse& response_;
  test::ScriptedTransport transport_;
  test::FakeClock clock_;
};

template <typename T, typename Begin>
strava::Result<T> ask_api(const HttpResponse& response, Begin begin) {
  Caller caller(response);
  strava::ApiClient api(caller.transport(), caller.clock(), configuration().api_urls);
  const strava::ApiClient::Caller as{kToken, {}};
  return caller.ask<T>([&](auto done) { begin(api, as, done); });
}

void ask_for_activities(const HttpResponse& response) {
  const auto activity = ask_api<strava::Activity>(
      response, [](auto& api, auto& as, auto done) { api.get_activity(kActivity, as, done); });
  if (const auto* got = std::get_if<strava::Activity>(&activity)) {
    expect(got->id == kActivity, "an answer is about the activity that was asked for");
  }
  ask_api<std::vector<strava::Activity>>(
      response, [](auto& api, auto& as, auto done) { api.list_activities({}, as, done); });
  ask_api<event::AthleteId>(response,
                            [](auto& api, auto& as, auto done) { api.get_athlete(as, done); });
  using Streams = strava::ApiClient::Streams;
  const auto streams = ask_api<Streams>(response, [](auto& api, auto& as, auto done) {
    api.get_streams(kActivity, {"time"}, as, done);
  });
  if (const auto* got = std::get_if<Streams>(&streams)) {
    const auto root = strava::parse_json(got->json);
    expect(root && root->isObject() && root->empty() == got->empty,
           "streams are an object, empty if it says so");
  }
}

void expect_sound_tokens(const strava::Result<strava::Tokens>& result, Timestamp now) {
  const auto* tokens = std::get_if<strava::Tokens>(&result);
  if (tokens == nullptr) return;
  expect(!tokens->access_token.empty() && !tokens->refresh_token.empty(), "no token is empty");
  expect(event::is_utf8(tokens->access_token.reveal()) &&
             event::is_utf8(tokens->refresh_token.reveal()) &&
             event::is_utf8(tokens->scope.value_or("")),
         "tokens are UTF-8");
  // As the keeper of tokens asks, and hookspoolctl prints it.
  [[maybe_unused]] const bool lasts = tokens->expires_at > now + std::chrono::minutes(1);
  expect(to_rfc3339_seconds(tokens->expires_at).size() == 20, "a token expires in a year that is");
  strava::missing_scopes(tokens->scope.value_or(""));
}

void ask_for_tokens(const HttpResponse& response) {
  const auto config = configuration();
  const auto ask = [&](auto begin) {
    Caller caller(response);
    strava::OAuthClient oauth(caller.transport(), caller.clock(), config);
    const auto result = caller.ask<strava::Tokens>([&](auto done) { begin(oauth, done); });
    expect_sound_tokens(result, caller.clock().now());
  };
  ask([](auto& oauth, auto done) { oauth.refresh(kToken, done); });
  ask([](auto& oauth, auto done) { oauth.exchange_code(kToken, done); });
  Caller caller(response);
  strava::OAuthClient oauth(caller.transport(), caller.clock(), config);
  caller.ask<strava::OAuthClient::Revoked>([&](auto done) { oauth.revoke(kToken, kToken, done); });
}

void ask_for_subscriptions(const HttpResponse& response) {
  const auto ask = [&](auto call) {
    Caller caller(response);
    strava::Subscriptions subscriptions(caller.transport(), caller.clock(), configuration());
    caller.expect_sound_result(call(subscriptions));
  };
  ask([](auto& subscriptions) { return subscriptions.create("https://example.org/", kToken); });
  ask([](auto& subscriptions) { return subscriptions.list(); });
  ask([](auto& subscriptions) { return subscriptions.remove(event::SubscriptionId{1}); });
}

void spend(const HttpResponse& response) {
  const strava::RateLimits limits = strava::parse_rate_limits(response.headers);
  const Timestamp now = test::FakeClock().now();
  strava::RateBudget budget;
  for (int i = 0; i < 3; ++i) {
    budget.turn(now);
    const auto first = budget.take(now);
    const auto second = budget.take(now);
    budget.answered(first, limits);
    budget.give_back(second);
    if (response.status == 429) budget.refused(limits);
    for (const double reserve : {0.0, 0.2, 1.0}) {
      expect(budget.payable(now, reserve) >= 0, "no budget is negative");
      const Timestamp at = budget.payable_at(now, reserve);
      expect(at >= now && at <= now + std::chrono::days(1) + strava::kClockMargin,
             "a budget is renewed within a day");
    }
  }
}

}  // namespace
}  // namespace hookspool

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hookspool;
  const HttpResponse response = response_of(fuzz::text_of(data, size));
  ask_for_activities(response);
  ask_for_tokens(response);
  ask_for_subscriptions(response);
  spend(response);
  constexpr std::size_t kLongest = 200;
  expect(strava::summary_of(response).size() <= kLongest, "a summary is short");
  return 0;
}
