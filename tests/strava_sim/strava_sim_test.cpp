/// The simulated Strava as its users meet it: over HTTP, with a subscriber that is a real server.

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "strava_sim/form.h"
#include "strava_sim/http_callback_client.h"
#include "strava_sim/http_library.h"
#include "strava_sim/http_server.h"
#include "strava_sim/json_text.h"
#include "strava_sim/oauth_routes.h"
#include "strava_sim/simulation.h"

namespace hookspool::strava_sim {
namespace {

constexpr std::int64_t kStart = 1'791'000'000;
constexpr const char* kClient = "client_id=4711&client_secret=simulated-client-secret";

/// A webhook callback that echoes the challenge and answers events by a script, then with 200.
class Subscriber {
 public:
  Subscriber() {
    server_.Get("/hook", [this](const httplib::Request& request, httplib::Response& response) {
      validation_target_ = request.target;
      Json::Value echo;
      echo["hub.challenge"] = request.get_param_value("hub.challenge");
      response.status = validation_status;
      response.set_content(to_text(echo), validation_type);
    });
    server_.Post("/hook", [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex_);
      events_.push_back(*parse_json(request.body));
      response.status = 200;
      if (!statuses_.empty()) {
        response.status = statuses_.front();
        statuses_.pop_front();
      }
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }

  ~Subscriber() {
    server_.stop();
    thread_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/hook?key=s"; }
  std::string validation_target() const { return validation_target_; }

  void answer_with(std::deque<int> statuses) {
    const std::lock_guard lock(mutex_);
    statuses_ = std::move(statuses);
  }

  std::vector<Json::Value> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }

  int validation_status = 200;
  std::string validation_type = "application/json";

 private:
  httplib::Server server_;
  std::string validation_target_;
  mutable std::mutex mutex_;
  std::deque<int> statuses_;
  std::vector<Json::Value> events_;
  int port_ = 0;
  std::thread thread_;
};

struct Reply {
  int status = 0;  ///< 0: the connection was cut
  std::string text;
  Json::Value json;
  httplib::Headers headers;

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

class StravaSimTest : public testing::Test {
 protected:
  Reply call(const std::string& method, const std::string& path, const std::string& body = "",
             const std::string& content_type = "application/json",
             const std::string& authorization = "") {
    httplib::Client client(server_.url());
    httplib::Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    if (!body.empty()) request.set_header("Content-Type", content_type);
    if (!authorization.empty()) request.set_header("Authorization", authorization);
    const httplib::Result result = client.send(request);
    if (!result) return {};
    return {result->status, result->body, parse_json(result->body).value_or(Json::Value()),
            result->headers};
  }

  Reply form(const std::string& path, const std::string& fields) {
    return call("POST", path, fields, "application/x-www-form-urlencoded");
  }

  Reply get(const std::string& path, const std::string& token) {
    return call("GET", path, "", "", "Bearer " + token);
  }

  Json::Value athlete(const std::string& scope = "read,activity:read,activity:read_all",
                      std::int64_t id = 134'815) {
    Json::Value wish;
    wish["id"] = Json::Int64(id);
    wish["scope"] = scope;
    return call("POST", "/_sim/athletes", to_text(wish)).json;
  }

  std::string activity(const std::string& more = "") {
    const Reply made = call("POST", "/_sim/activities", R"({"athlete_id":134815)" + more + "}");
    EXPECT_EQ(made.status, 201) << made.text;
    return std::to_string(made.json["id"].asInt64());
  }

  void switches(const std::string& changes) {
    const Reply changed = call("PATCH", "/_sim/switches", changes);
    EXPECT_EQ(changed.status, 200) << changed.text;
  }

  Reply subscribe() {
    return form("/api/v3/push_subscriptions", std::string(kClient) + "&verify_token=STRAVA" +
                                                  "&callback_url=" + subscriber_.url());
  }

  void wait_for_deliveries() {
    EXPECT_EQ(call("POST", "/_sim/deliveries/wait", R"({"timeout_seconds":60})").status, 200);
  }

  void advance(int seconds) {
    call("POST", "/_sim/clock", R"({"advance_seconds":)" + std::to_string(seconds) + "}");
  }

  static std::string error(const Reply& reply) {
    const Json::Value& first = reply.json["errors"][0];
    return first["resource"].asString() + "/" + first["field"].asString() + "/" +
           first["code"].asString();
  }

  Subscriber subscriber_;
  HttpCallbackClient callback_;
  Simulation simulation_{{},
                         SimClock::Mode::kManual,
                         std::chrono::sys_seconds(std::chrono::seconds(kStart)),
                         callback_};
  HttpServer server_{simulation_, {}};
};

TEST_F(StravaSimTest, SubscribesAfterTheHandshake) {
  const Reply created = subscribe();
  EXPECT_EQ(created.status, 201) << created.text;
  EXPECT_EQ(created.json["callback_url"], subscriber_.url());
  EXPECT_EQ(subscriber_.validation_target().find("/hook?key=s&hub.verify_token=STRAVA&hub."), 0U);
  const Reply listed = call("GET", std::string("/api/v3/push_subscriptions?") + kClient);
  EXPECT_EQ(listed.json.size(), 1U);
  EXPECT_EQ(listed.header("X-RateLimit-Usage"), "0,0");
}

TEST_F(StravaSimTest, UnderstandsSubscriptionsAsMultipartAndAsJson) {
  const std::string path = "/api/v3/push_subscriptions";
  Json::Value json;
  json["client_id"] = 4711;
  json["client_secret"] = "simulated-client-secret";
  json["callback_url"] = subscriber_.url();
  json["verify_token"] = "STRAVA";
  EXPECT_EQ(call("POST", path, to_text(json)).status, 201);
  call("DELETE", "/_sim/subscription");

  httplib::MultipartFormDataItems parts;
  for (const std::string& name : json.getMemberNames()) {
    parts.push_back({name, json[name].asString(), "", ""});
  }
  httplib::Client client(server_.url());
  const httplib::Result result = client.Post(path, parts);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 201);
}

TEST_F(StravaSimTest, RefusesASubscriptionAsStravaDoes) {
  const std::string path = "/api/v3/push_subscriptions";
  EXPECT_EQ(form(path, "client_id=4711&client_secret=wrong&callback_url=http://x/").status, 401);
  const std::string length = std::string(256, 'x');
  EXPECT_EQ(
      form(path, std::string(kClient) + "&verify_token=v&callback_url=http://x/" + length).status,
      400);

  subscriber_.validation_status = 201;
  EXPECT_EQ(error(subscribe()),
            "PushSubscription/callback url/GET to callback URL does not return 200");
  subscriber_.validation_status = 200;
  subscriber_.validation_type = "text/plain";
  EXPECT_EQ(error(subscribe()), "PushSubscription/callback url/not verifiable");
  EXPECT_TRUE(call("GET", "/_sim/subscription").json.isNull());

  subscriber_.validation_type = "application/json";
  EXPECT_EQ(subscribe().status, 201);
  EXPECT_EQ(error(subscribe()), "PushSubscription/callback url/already exists");
}

TEST_F(StravaSimTest, EndsASubscriptionWith204) {
  const std::string id = std::to_string(subscribe().json["id"].asInt64());
  const std::string path = "/api/v3/push_subscriptions/";
  EXPECT_EQ(call("DELETE", path + "1?" + kClient).status, 404);
  EXPECT_EQ(call("DELETE", path + id + "?" + kClient).status, 204);
  EXPECT_EQ(call("GET", std::string("/api/v3/push_subscriptions?") + kClient).json.size(), 0U);
}

TEST_F(StravaSimTest, DeliversAnEventInThreeAttempts) {
  athlete();
  subscribe();
  subscriber_.answer_with({500, 204, 200});
  const std::string id = activity();
  const auto attempts = [&] { return call("GET", "/_sim/deliveries").json[0]["attempts"].size(); };
  while (attempts() < 1) std::this_thread::yield();
  advance(62);
  while (attempts() < 2) std::this_thread::yield();
  advance(75);
  wait_for_deliveries();
  EXPECT_EQ(call("GET", "/_sim/deliveries").json[0]["state"], "acknowledged");
  ASSERT_EQ(subscriber_.events().size(), 3U);
  EXPECT_EQ(std::to_string(subscriber_.events()[0]["object_id"].asInt64()), id);
  EXPECT_EQ(subscriber_.events()[0], subscriber_.events()[2]);
}

TEST_F(StravaSimTest, TellsWhatHappensToAnActivity) {
  athlete();
  subscribe();
  const std::string id = activity();
  call("PATCH", "/_sim/activities/" + id, R"({"name":"Messy","description":"not told"})");
  call("PATCH", "/_sim/activities/" + id, R"({"description":"told to nobody"})");
  call("PATCH", "/_sim/activities/" + id, R"({"private":true})");
  call("DELETE", "/_sim/activities/" + id);
  call("POST", "/_sim/athletes/134815/revoke");
  wait_for_deliveries();
  std::multiset<std::string> told;
  for (const Json::Value& event : subscriber_.events()) {
    told.insert(event["object_type"].asString() + " " + event["aspect_type"].asString() + " " +
                to_text(event["updates"]));
  }
  EXPECT_EQ(told, (std::multiset<std::string>{
                      "activity create {}", R"(activity update {"title":"Messy"})",
                      R"(activity update {"private":"true"})", "activity delete {}",
                      R"(athlete update {"authorized":"false"})"}));
}

TEST_F(StravaSimTest, PostsForgedEventsVerbatim) {
  subscribe();
  const std::string forged = R"({"object_type": "activity","aspect_type":"delete"})";
  EXPECT_EQ(call("POST", "/_sim/events", forged).status, 202);
  EXPECT_EQ(call("POST", "/_sim/events", R"({"body":{"a":1},"times":3})").status, 202);
  wait_for_deliveries();
  EXPECT_EQ(subscriber_.events().size(), 4U);
  EXPECT_EQ(call("GET", "/_sim/deliveries").json[0]["body"], forged);
}

TEST_F(StravaSimTest, RedirectsAfterAuthorization) {
  athlete();
  HttpRequest request;
  request.parameters = parse_form(
      "client_id=4711&response_type=code&state=a%26b&scope=read,activity:read"
      "&redirect_uri=http://localhost:9/back?x=1");
  // Asked without HTTP: the client library decodes the header values that it receives.
  const auto location = [&] {
    const HttpAnswer answer = answer_authorize(simulation_, request);
    EXPECT_EQ(answer.status, 302);
    return answer.headers.at(0).second;
  };
  const std::string granted = location();
  EXPECT_EQ(granted.find("http://localhost:9/back?x=1&state=a%26b&code="), 0U) << granted;
  EXPECT_NE(granted.find("&scope=activity:read,read"), std::string::npos) << granted;

  switches(R"({"oauth_granted_scope":"read"})");
  EXPECT_NE(location().find("&scope=read"), std::string::npos);
  switches(R"({"oauth_authorize_answer":"denied"})");
  EXPECT_EQ(location(), "http://localhost:9/back?x=1&state=a%26b&error=access_denied");
  switches(R"({"oauth_authorize_answer":"capacity_page"})");
  EXPECT_EQ(answer_authorize(simulation_, request).status, 403);
}

TEST_F(StravaSimTest, ChecksWhoAsksForAuthorization) {
  const std::string right = "/oauth/authorize?client_id=4711&response_type=code&scope=read";
  EXPECT_EQ(call("GET", right + "&redirect_uri=https://www.example.org/").status, 302);
  EXPECT_EQ(error(call("GET", right + "&redirect_uri=https://notexample.org/")),
            "Application/redirect_uri/invalid");
  EXPECT_EQ(error(call("GET", "/oauth/authorize?client_id=1")), "Application/client_id/invalid");
}

TEST_F(StravaSimTest, AnswersTheTokenEndpointAsStravaDoes) {
  const Json::Value ada = athlete();
  const std::string client = kClient;
  const std::string code = ada["code"].asString();
  const Reply tokens = form("/oauth/token", client + "&grant_type=authorization_code&code=" + code);
  EXPECT_EQ(tokens.status, 200);
  EXPECT_EQ(tokens.json["athlete"]["id"], 134'815);
  EXPECT_EQ(tokens.json["expires_at"].asInt64(), kStart + 21'600);
  EXPECT_EQ(tokens.header("X-RateLimit-Limit"), "");

  const Reply used = form("/oauth/token", client + "&grant_type=authorization_code&code=" + code);
  EXPECT_EQ(used.status, 400);
  EXPECT_EQ(error(used), "AuthorizationCode/code/invalid");

  const std::string refresh =
      client + "&grant_type=refresh_token&refresh_token=" + ada["refresh_token"].asString();
  const Reply refreshed = form("/api/v3/oauth/token", refresh);
  EXPECT_EQ(refreshed.status, 200);
  EXPECT_FALSE(refreshed.json.isMember("athlete"));
  EXPECT_EQ(error(form("/oauth/token", refresh)), "RefreshToken/refresh_token/invalid");

  const Reply wrong_secret = form("/oauth/token", "client_id=4711&client_secret=x");
  EXPECT_EQ(wrong_secret.status, 401);
  EXPECT_EQ(error(wrong_secret), "Application//invalid");
  const Reply wrong_client = form("/oauth/token", "client_id=1");
  EXPECT_EQ(wrong_client.status, 400);
  EXPECT_EQ(error(wrong_client), "Application/client_id/invalid");
  EXPECT_EQ(call("POST", "/oauth/token", R"({"client_id":4711})").status, 400);
}

TEST_F(StravaSimTest, RevokesEitherTokenWithBasicCredentials) {
  const Json::Value ada = athlete();
  const std::string basic =
      httplib::make_basic_authentication_header("4711", "simulated-client-secret").second;
  const auto revoke = [&](const std::string& body, const std::string& authorization) {
    return call("POST", "/oauth/revoke", body, "application/x-www-form-urlencoded", authorization);
  };
  EXPECT_EQ(revoke("token=x", "Basic eDp5").text,
            R"({"message":"Authorization Error","errors":[]})");
  EXPECT_EQ(revoke("other=x", basic).status, 400);
  const Reply unknown = revoke("token=unknown", basic);
  EXPECT_EQ(unknown.status, 200);
  EXPECT_EQ(unknown.text, "");
  EXPECT_EQ(revoke("token=" + ada["refresh_token"].asString(), basic).status, 200);
  EXPECT_EQ(get("/api/v3/athlete", ada["access_token"].asString()).status, 401);
}

TEST_F(StravaSimTest, ShowsAnActivityToItsOwnerOnly) {
  const std::string ada = athlete()["access_token"].asString();
  const std::string bob = athlete("activity:read", 7)["access_token"].asString();
  const std::string path = "/api/v3/activities/" + activity();
  EXPECT_EQ(get(path, ada).json["resource_state"], 3);
  const Reply foreign = get(path, bob);
  EXPECT_EQ(foreign.status, 404);
  EXPECT_EQ(error(foreign), "Activity//not found");
  EXPECT_EQ(error(get(path, "unknown")), "Athlete/access_token/invalid");
  EXPECT_EQ(get("/api/v3/activities/abc", ada).status, 404);
  advance(21'600);
  EXPECT_EQ(get(path, ada).status, 401);
}

TEST_F(StravaSimTest, HidesWhatTheScopeDoesNotCover) {
  const std::string reads = athlete("activity:read")["access_token"].asString();
  const std::string path = "/api/v3/activities/" + activity(R"(,"visibility":"only_me")");
  EXPECT_EQ(get(path, reads).status, 404);
  EXPECT_EQ(get("/api/v3/athlete/activities", reads).json.size(), 0U);
  athlete("read");
  const Reply refused = get(path, reads);
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(error(refused), "AccessToken/activity:read_permission/missing");
}

TEST_F(StravaSimTest, MakesObjectsWaitWhenAskedTo) {
  const std::string ada = athlete()["access_token"].asString();
  switches(R"({"object_readable_after_seconds":10,"streams_ready_after_seconds":60,
               "streams_not_ready_answer":"empty"})");
  const std::string path = "/api/v3/activities/" + activity(R"(,"manual":false)");
  const std::string streams = path + "/streams?keys=time&key_by_type=true";
  EXPECT_EQ(get(path, ada).status, 404);
  advance(10);
  EXPECT_EQ(get(path, ada).status, 200);
  EXPECT_EQ(get(streams, ada).text, "{}");
  advance(50);
  EXPECT_GT(get(streams, ada).json["time"]["data"].size(), 10U);
}

TEST_F(StravaSimTest, ListsActivitiesInPages) {
  const std::string ada = athlete()["access_token"].asString();
  call("POST", "/_sim/activities", R"({"athlete_id":134815,"count":70})");
  const std::string path = "/api/v3/athlete/activities";
  EXPECT_EQ(get(path, ada).json.size(), 30U);
  EXPECT_EQ(get(path + "?page=3", ada).json.size(), 10U);
  EXPECT_EQ(get(path + "?page=4", ada).text, "[]");
  const std::string week_ago = std::to_string(kStart - 7 * 86'400);
  const auto recent = get(path + "?after=" + week_ago, ada).json.size();
  EXPECT_EQ(get(path + "?per_page=200&before=" + week_ago, ada).json.size() + recent, 70U);

  switches(R"({"list_short_pages":true,"list_order":"shuffled","rate_limit_enforced":false})");
  std::set<std::int64_t> seen;
  for (int page = 1;; ++page) {
    const Reply reply = get(path + "?per_page=30&page=" + std::to_string(page), ada);
    if (reply.json.empty()) break;
    EXPECT_LT(reply.json.size(), 30U);
    for (const Json::Value& summary : reply.json) seen.insert(summary["id"].asInt64());
  }
  EXPECT_EQ(seen.size(), 70U);
}

TEST_F(StravaSimTest, LimitsTheRateByItsClock) {
  const std::string ada = athlete()["access_token"].asString();
  switches(R"({"rate_limit_read":[2,3]})");
  EXPECT_EQ(get("/api/v3/athlete", ada).header("X-ReadRateLimit-Usage"), "1,1");
  EXPECT_EQ(get("/api/v3/athlete", ada).status, 200);
  const Reply refused = get("/api/v3/athlete", ada);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(error(refused), "Application/rate limit/exceeded");
  EXPECT_EQ(refused.header("X-ReadRateLimit-Usage"), "3,3");
  EXPECT_EQ(refused.header("Retry-After"), "");
  switches(R"({"rate_limit_read":[100,100],"rate_limit_headers":"never"})");
  const Reply allowed = get("/api/v3/athlete", ada);
  EXPECT_EQ(allowed.status, 200);
  EXPECT_EQ(allowed.header("X-RateLimit-Limit"), "");
  EXPECT_EQ(call("GET", "/_sim/rate_limits").json["read"][1], 4);
}

TEST_F(StravaSimTest, VariesTheFormOfRateLimits) {
  const std::string ada = athlete()["access_token"].asString();
  switches(R"({"rate_limit_overall":[0,0],"rate_limit_body":"string_errors",
               "rate_limit_headers":"not_on_streams"})");
  const Reply refused = get("/api/v3/athlete", ada);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.json["errors"], "Rate Limit Exceeded");
  EXPECT_EQ(refused.header("X-RateLimit-Limit"), "0,0");
  EXPECT_EQ(get("/api/v3/activities/1/streams", ada).header("X-RateLimit-Limit"), "");

  switches(R"({"rate_limit_header_case":"lower"})");
  std::set<std::string> names;
  for (const auto& [name, value] : get("/api/v3/athlete", ada).headers) names.insert(name);
  EXPECT_EQ(names.count("x-readratelimit-usage"), 1U);
}

TEST_F(StravaSimTest, StopsEveryCallWhenTheApplicationIsInactive) {
  const std::string ada = athlete()["access_token"].asString();
  switches(R"({"app_inactive":true})");
  EXPECT_EQ(error(get("/api/v3/athlete", ada)), "Application/Status/Inactive");
  EXPECT_EQ(subscribe().status, 403);
}

TEST_F(StravaSimTest, ConnectsNoMoreAthletesThanTheCapacity) {
  athlete();
  switches(R"({"oauth_capacity":1})");
  const std::string code =
      call("POST", "/_sim/athletes", R"({"id":7,"authorized":false})").json["code"].asString();
  const std::string exchange = std::string(kClient) + "&grant_type=authorization_code&code=" + code;
  EXPECT_EQ(form("/oauth/token", exchange).status, 403);
  call("POST", "/_sim/athletes/134815/revoke");
  EXPECT_EQ(form("/oauth/token", exchange).status, 200);
}

TEST_F(StravaSimTest, LetsTheApplicationEditWithTheScopeToWrite) {
  const Json::Value ada = athlete("activity:read,activity:write");
  subscribe();
  const std::string path = "/api/v3/activities/" + activity(R"(,"event":false)");
  const std::string bearer = "Bearer " + ada["access_token"].asString();
  const Reply edited = call("PUT", path, R"({"name":"Own edit"})", "application/json", bearer);
  EXPECT_EQ(edited.status, 200);
  EXPECT_EQ(edited.json["name"], "Own edit");
  wait_for_deliveries();
  ASSERT_EQ(subscriber_.events().size(), 1U);
  EXPECT_EQ(subscriber_.events()[0]["updates"]["title"], "Own edit");
}

TEST_F(StravaSimTest, TakesTokensOnlyInTheHeaderIn2027) {
  const std::string token = athlete()["access_token"].asString();
  EXPECT_EQ(call("GET", "/api/v3/athlete?access_token=" + token).status, 200);
  EXPECT_EQ(get("/athlete", token).status, 404);
  switches(R"({"mode_2027":true})");
  EXPECT_EQ(call("GET", "/athlete?access_token=" + token).status, 401);
  EXPECT_EQ(get("/athlete", token).status, 200);
  EXPECT_EQ(get("/api/v3/athlete", token).status, 404);
  EXPECT_EQ(call("POST", "/oauth/deauthorize", "", "", "Bearer " + token).status, 404);
}

TEST_F(StravaSimTest, FailsOnDemand) {
  const std::string ada = athlete()["access_token"].asString();
  const std::string path = "/api/v3/activities/" + activity();
  const auto with_fault = [&](const std::string& fault) {
    EXPECT_EQ(call("POST", "/_sim/faults", fault).status, 201);
    return get(path, ada);
  };
  EXPECT_EQ(with_fault(R"({"kind":"status","status":500})").text, R"({"message":"error"})");
  EXPECT_EQ(with_fault(R"({"kind":"cut"})").status, 0);
  EXPECT_EQ(with_fault(R"({"kind":"cut_body"})").status, 0);
  EXPECT_EQ(with_fault(R"({"kind":"timeout","delay_ms":1})").status, 0);
  EXPECT_EQ(error(with_fault(R"({"kind":"inactive"})")), "Application/Status/Inactive");
  EXPECT_TRUE(with_fault(R"({"kind":"wrong_json"})").json.isNull());
  EXPECT_EQ(with_fault(R"({"kind":"slow_body","delay_ms":5})").json["resource_state"], 3);
  EXPECT_EQ(get(path, ada).status, 200);
}

TEST_F(StravaSimTest, KeepsRequestsForInspection) {
  form("/oauth/token", "client_id=4711&client_secret=visible");
  call("GET", "/api/v3/athlete?x=%20y", "", "", "Bearer z");
  const Json::Value tokens = call("GET", "/_sim/requests?path=/oauth/token").json;
  ASSERT_EQ(tokens.size(), 1U);
  EXPECT_EQ(tokens[0]["body"], "client_id=4711&client_secret=visible");
  EXPECT_EQ(tokens[0]["status"], 401);
  const Json::Value all = call("GET", "/_sim/requests").json;
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1]["query"], "x=%20y");
  EXPECT_EQ(all[1]["headers"]["authorization"], "Bearer z");
}

TEST_F(StravaSimTest, ServesManyConnectionsAtOnce) {
  const std::string ada = athlete()["access_token"].asString();
  switches(R"({"rate_limit_enforced":false})");
  const std::string path = "/api/v3/activities/" + activity();
  std::vector<std::unique_ptr<httplib::Client>> clients;
  for (int connection = 0; connection < 64; ++connection) {
    clients.push_back(std::make_unique<httplib::Client>(server_.url()));
    clients.back()->set_keep_alive(true);
    clients.back()->set_bearer_token_auth(ada);
  }
  for (int round = 0; round < 2; ++round) {
    for (const auto& client : clients) {
      const httplib::Result result = client->Get(path);
      ASSERT_TRUE(result);
      EXPECT_EQ(result->status, 200);
    }
  }
}

TEST_F(StravaSimTest, ExplainsWrongControls) {
  EXPECT_EQ(call("GET", "/_sim/nonsense").status, 404);
  EXPECT_EQ(call("PATCH", "/_sim/switches", R"({"nonsense":1})").status, 400);
  EXPECT_EQ(call("POST", "/_sim/activities", R"({"athlete_id":1})").status, 404);
  EXPECT_EQ(call("POST", "/_sim/athletes", "[]").status, 400);
  EXPECT_EQ(call("POST", "/_sim/events", "{}").status, 409);
}

}  // namespace
}  // namespace hookspool::strava_sim
