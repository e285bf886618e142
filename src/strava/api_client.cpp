#include "strava/api_client.h"

#include <json/writer.h>

#include <optional>
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

/// Keyed by type, as asked for, or the array of older answers, of which each element has its type.
Result<ApiClient::Streams> read_streams(HttpResponse response) {
  // Streams that are not there (yet) are an empty body, too.
  if (response.body.empty()) return ApiClient::Streams{"{}", true};
  std::optional<Json::Value> root = parse_json(response.body);
  if (!root) return unusable_answer(response, "it is not JSON");
  if (root->isObject()) return ApiClient::Streams{std::move(response.body), root->empty()};
  if (!root->isArray()) return unusable_answer(response, "it holds no streams");
  Json::Value keyed(Json::objectValue);
  for (Json::Value& stream : *root) {
    const auto type = stream.isObject() ? string_member(stream, "type") : std::nullopt;
    if (!type) return unusable_answer(response, "a stream has no type");
    keyed[*type] = std::move(stream);
  }
  Json::StreamWriterBuilder writer;
  writer["indentation"] = "";
  return ApiClient::Streams{Json::writeString(writer, keyed), keyed.empty()};
}

Result<std::vector<Activity>> read_page(const HttpResponse& response) {
  auto parsed = parse_activity_list(response.body);
  if (const auto* malformed = std::get_if<MalformedActivity>(&parsed)) {
    return unusable_answer(response, malformed->reason);
  }
  return std::get<std::vector<Activity>>(std::move(parsed));
}

std::string path_of(event::ActivityId id) {
  return "/activities/" + std::to_string(static_cast<std::int64_t>(id));
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

std::string seconds_text(std::chrono::sys_seconds time) {
  return std::to_string(time.time_since_epoch().count());
}

Result<event::AthleteId> read_athlete(const HttpResponse& response) {
  const auto root = parse_json(response.body);
  if (!root || !root->isObject()) return unusable_answer(response, "it is not a JSON object");
  const auto id = positive_integer((*root)["id"]);
  if (!id) return unusable_answer(response, "id is not a positive 64-bit integer");
  return event::AthleteId{*id};
}

}  // namespace

ApiClient::ApiClient(HttpTransport& transport, const Clock& clock,
                     std::vector<std::string> api_urls)
    : base_(transport, std::move(api_urls)), clock_(clock) {}

void ApiClient::get_activity(event::ActivityId id, const Caller& caller,
                             Completion<Activity> completion) {
  get<Activity>(
      path_of(id), Form().add("include_all_efforts", "true"), caller,
      [id](HttpResponse response) { return read_activity(id, std::move(response)); },
      std::move(completion));
}

void ApiClient::get_streams(event::ActivityId id, const std::vector<std::string>& names,
                            const Caller& caller, Completion<Streams> completion) {
  get<Streams>(path_of(id) + "/streams",
               Form().add("keys", joined(names)).add("key_by_type", "true"), caller, read_streams,
               std::move(completion));
}

void ApiClient::list_activities(const Page& page, const Caller& caller,
                                Completion<std::vector<Activity>> completion) {
  constexpr const char* kMost = "200";  // on a page, by Strava's documentation
  get<std::vector<Activity>>("/athlete/activities",
                             Form()
                                 .add("after", seconds_text(page.after))
                                 .add("before", seconds_text(page.before))
                                 .add("page", std::to_string(page.number))
                                 .add("per_page", kMost),
                             caller, read_page, std::move(completion));
}

void ApiClient::get_athlete(const Caller& caller, Completion<event::AthleteId> completion) {
  get<event::AthleteId>("/athlete", Form(), caller, read_athlete, std::move(completion));
}

template <typename T>
void ApiClient::get(const std::string& path, const Form& query, const Caller& caller,
                    std::function<Result<T>(HttpResponse)> read, Completion<T> completion) {
  HttpRequest request;
  request.method = HttpMethod::kGet;
  request.url = path;
  request.query = query.encoded();
  request.headers.add("Accept", "application/json");
  request.bearer_token = caller.access_token;
  base_.start(std::move(request), [this, read = std::move(read), observer = caller.observer,
                                   completion = std::move(completion)](HttpResult result) {
    const auto* failure = std::get_if<TransportFailure>(&result);
    auto* response = std::get_if<HttpResponse>(&result);
    if (observer) {
      observer(response != nullptr ? parse_rate_limits(response->headers) : RateLimits{});
    }
    if (failure != nullptr) return completion(no_answer(*failure));
    if (response->status != http_status::kOk) {
      return completion(classify_api_error(*response, clock_.now()));
    }
    completion(read(std::move(*response)));
  });
}

}  // namespace hookspool::strava
