#include "strava/subscriptions.h"

#include <json/value.h>

#include <utility>

#include "strava/classification.h"
#include "strava/form.h"
#include "strava/http_status.h"
#include "strava/json_body.h"

namespace hookspool::strava {
namespace {

constexpr const char* kPath = "/push_subscriptions";

std::optional<Subscription> read_subscription(const Json::Value& value) {
  const auto id = value.isObject() ? positive_integer(value["id"]) : std::nullopt;
  if (!id) return std::nullopt;
  return Subscription{event::SubscriptionId{*id}, string_member(value, "callback_url").value_or(""),
                      string_member(value, "created_at").value_or("")};
}

Result<std::vector<Subscription>> read_subscriptions(const HttpResponse& response) {
  const auto root = parse_json(response.body);
  if (!root || !root->isArray()) return unusable_answer(response, "it is not a JSON array");
  std::vector<Subscription> subscriptions;
  for (const Json::Value& value : *root) {
    const auto subscription = read_subscription(value);
    if (!subscription) return unusable_answer(response, "a subscription in it has no id");
    subscriptions.push_back(*subscription);
  }
  return subscriptions;
}

/// Strava's form of an answer to credentials that it did not find where it looked.
bool asks_for_credentials(const HttpResult& result) {
  const auto* response = std::get_if<HttpResponse>(&result);
  return response != nullptr && (response->status == http_status::kBadRequest ||
                                 response->status == http_status::kUnauthorized);
}

}  // namespace

Subscriptions::Subscriptions(HttpTransport& transport, const Clock& clock,
                             const config::StravaConfig& config)
    : transport_(transport),
      base_(transport, config.api_urls),
      clock_(clock),
      client_id_(config.client_id),
      client_secret_(config.client_secret) {}

Result<event::SubscriptionId> Subscriptions::create(const std::string& callback_url,
                                                    const Secret& verify_token) {
  Form form = credentials();
  form.add("callback_url", callback_url).add("verify_token", verify_token);
  const HttpResult result =
      perform(transport_, base_, request_with_form(HttpMethod::kPost, kPath, form));
  if (const auto* failure = std::get_if<TransportFailure>(&result)) return no_answer(*failure);
  const auto& response = std::get<HttpResponse>(result);
  if (response.status != http_status::kOk && response.status != http_status::kCreated) {
    return classify_subscription_error(response, clock_.now());
  }
  // The object of 2018, or {"id":…} alone, as the documentation has it.
  const auto root = parse_json(response.body);
  const auto subscription = root ? read_subscription(*root) : std::nullopt;
  if (!subscription) return unusable_answer(response, "it has no id");
  return subscription->id;
}

Result<std::vector<Subscription>> Subscriptions::list() {
  HttpRequest request;
  request.url = kPath;
  request.headers.add("Accept", "application/json");
  // Strava reads the credentials of a GET in the query only.
  request.query = credentials().encoded();
  const HttpResult result = perform(transport_, base_, std::move(request));
  if (const auto* failure = std::get_if<TransportFailure>(&result)) return no_answer(*failure);
  const auto& response = std::get<HttpResponse>(result);
  if (response.status != http_status::kOk)
    return classify_subscription_error(response, clock_.now());
  return read_subscriptions(response);
}

Result<std::monostate> Subscriptions::remove(event::SubscriptionId id) {
  const std::string path = std::string(kPath) + "/" + std::to_string(static_cast<std::int64_t>(id));
  HttpResult result =
      perform(transport_, base_, request_with_form(HttpMethod::kDelete, path, credentials()));
  if (asks_for_credentials(result)) {
    // Strava's documentation has them in the query since 2023. A form keeps the secret out of the
    // URL and has been seen to work, so that this is the second choice.
    HttpRequest request;
    request.method = HttpMethod::kDelete;
    request.url = path;
    request.query = credentials().encoded();
    result = perform(transport_, base_, std::move(request));
  }
  if (const auto* failure = std::get_if<TransportFailure>(&result)) return no_answer(*failure);
  const auto& response = std::get<HttpResponse>(result);
  if (response.status != http_status::kNoContent && response.status != http_status::kOk) {
    return classify_subscription_error(response, clock_.now());
  }
  return std::monostate{};
}

Form Subscriptions::credentials() const {
  Form form;
  form.add("client_id", std::to_string(client_id_)).add("client_secret", client_secret_);
  return form;
}

}  // namespace hookspool::strava
