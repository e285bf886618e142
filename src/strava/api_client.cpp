#include "strava/api_client.h"

#include <utility>

#include "strava/classification.h"
#include "strava/http_status.h"
#include "strava/json_body.h"

namespace hookspool::strava {
namespace {

Result<Activity> read_activity(event::ActivityId id, HttpResponse response) {
  auto parsed = parse_activity(std::move(response.body));
  if (const auto* malformed = std::get_if<MalformedActivity>(&parsed)) {
    return unusable_answer(response, malformed->reason);
  }
  auto& activity = std::get<Activity>(parsed);
  // What is stored under the wrong id cannot be told from the right one later.
  if (activity.id != id) return unusable_answer(response, "it is another activity");
  return std::move(activity);
}

Result<event::AthleteId> read_athlete(const HttpResponse& response) {
  const auto root = parse_json(response.body);
  if (!root || !root->isObject()) return unusable_answer(response, "it is not a JSON object");
  const auto id = positive_integer((*root)["id"]);
  if (!id) return unusable_answer(response, "id is not a positive 64-bit integer");
  return event::AthleteId{*id};
}

}  // namespace

ApiClient::ApiClient(HttpTransport& transport, const Clock& clock, std::string api_url,
                     RateLimitObserver observer)
    : transport_(transport),
      clock_(clock),
      api_url_(std::move(api_url)),
      observer_(std::move(observer)) {}

void ApiClient::get_activity(event::ActivityId id, const Secret& access_token,
                             Completion<Activity> completion) {
  get<Activity>(
      "/activities/" + std::to_string(static_cast<std::int64_t>(id)), access_token,
      [id](HttpResponse response) { return read_activity(id, std::move(response)); },
      std::move(completion));
}

void ApiClient::get_athlete(const Secret& access_token, Completion<event::AthleteId> completion) {
  get<event::AthleteId>("/athlete", access_token, read_athlete, std::move(completion));
}

template <typename T>
void ApiClient::get(const std::string& path, const Secret& access_token,
                    std::function<Result<T>(HttpResponse)> read, Completion<T> completion) {
  HttpRequest request;
  request.method = HttpMethod::kGet;
  request.url = api_url_ + path;
  request.headers.add("Accept", "application/json");
  request.bearer_token = access_token;
  transport_.start(std::move(request), [this, read = std::move(read),
                                        completion = std::move(completion)](HttpResult result) {
    if (const auto* failure = std::get_if<TransportFailure>(&result)) {
      return completion(no_answer(*failure));
    }
    auto& response = std::get<HttpResponse>(result);
    if (observer_) observer_(parse_rate_limits(response.headers));
    if (response.status != http_status::kOk)
      return completion(classify_api_error(response, clock_.now()));
    completion(read(std::move(response)));
  });
}

}  // namespace hookspool::strava
