#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "event/event.h"
#include "fetcher/authorizer.h"
#include "fetcher/gate.h"
#include "fetcher/token_keeper.h"
#include "fetcher/worker.h"
#include "store/athletes.h"
#include "store/database.h"
#include "strava/api_client.h"
#include "strava/oauth_client.h"
#include "support/scripted_transport.h"

namespace hookspool::test {

/// A fetcher's parts as main() puts them together, over a transport that answers from a script. Two
/// of them on one store are two processes.
class ScriptedProcess {
 public:
  ScriptedProcess(const std::string& store_url, const Clock& clock, const std::string& name,
                  const config::FetcherConfig& config = {},
                  const std::vector<std::string>& consumers = {})
      : database(store_url),
        gate(database, clock),
        budget(database, clock, config.reserve),
        changes(database, clock, consumers),
        archive(database, clock, changes, config.streams),
        lister(database, clock, archive, config.remove_at_most),
        api(transport, clock, {"https://strava.test/api/v3"}),
        oauth(transport, clock, application()),
        tokens(database, oauth, clock, name),
        // Without jitter, so that tests can tell the moment.
        worker({database, api, tokens, gate, budget, archive, lister, clock}, config, name,
               [] { return 0.0; }),
        authorizer(database, oauth, clock, name) {}

  /// Works off what is due, until nothing is.
  void work() {
    while (worker.begin_due() > 0 || worker.in_progress() > 0) transport.wait({}, {});
  }

  ScriptedTransport transport;
  store::Database database;
  fetcher::Gate gate;
  fetcher::Budget budget;
  fetcher::Changes changes;
  fetcher::Archive archive;
  fetcher::Lister lister;
  strava::ApiClient api;
  strava::OAuthClient oauth;
  fetcher::TokenKeeper tokens;
  fetcher::Worker worker;
  fetcher::Authorizer authorizer;

 private:
  static config::StravaConfig application() {
    config::StravaConfig config;
    config.client_id = 4711;
    config.client_secret = Secret("client-secret");
    config.api_urls = {"https://strava.test/api/v3"};
    config.oauth_url = "https://strava.test/oauth";
    return config;
  }
};

/// An athlete whose access token lasts for `lifetime` from `now` on.
inline store::Athlete athlete_with_tokens(event::AthleteId id, Timestamp now,
                                          std::chrono::seconds lifetime) {
  store::Athlete athlete;
  athlete.id = id;
  athlete.refresh_token = Secret("refresh-1");
  athlete.access_token = Secret("access-1");
  athlete.access_expires_at = std::chrono::floor<std::chrono::seconds>(now) + lifetime;
  athlete.scope = "read,activity:read_all";
  return athlete;
}

inline std::string tokens_json(const std::string& refresh_token, const std::string& access_token) {
  return R"({"token_type":"Bearer","access_token":")" + access_token + R"(","refresh_token":")" +
         refresh_token + R"(","expires_in":21600})";
}

inline std::string activity_json(std::int64_t id, event::AthleteId athlete,
                                 const std::string& name = "Evening ride") {
  return R"({"id":)" + std::to_string(id) + R"(,"athlete":{"id":)" +
         std::to_string(static_cast<std::int64_t>(athlete)) + R"(},"name":")" + name +
         R"(","sport_type":"Ride","distance":28099.5,"moving_time":4207})";
}

// Strava's refusals, as they were observed.
constexpr const char* kNotFound =
    R"({"message":"Resource Not Found","errors":[{"resource":"Activity","field":"","code":"not found"}]})";
constexpr const char* kForbidden =
    R"({"message":"Forbidden","errors":[{"resource":"Activity","field":"","code":"private"}]})";
constexpr const char* kInactive =
    R"({"message":"Forbidden","errors":[{"resource":"Application","field":"Status","code":"Inactive"}]})";
constexpr const char* kRateLimitExceeded =
    R"({"message":"Rate Limit Exceeded","errors":[{"resource":"Application","field":"rate limit","code":"exceeded"}]})";
constexpr const char* kInvalidAccessToken =
    R"({"message":"Authorization Error","errors":[{"resource":"Athlete","field":"access_token","code":"invalid"}]})";
constexpr const char* kInvalidRefreshToken =
    R"({"message":"Bad Request","errors":[{"resource":"RefreshToken","field":"refresh_token","code":"invalid"}]})";
constexpr const char* kInvalidClient =
    R"({"message":"Bad Request","errors":[{"resource":"Application","field":"client_id","code":"invalid"}]})";

}  // namespace hookspool::test
