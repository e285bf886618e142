#include "strava/api_base.h"

#include <memory>
#include <stdexcept>
#include <utility>
#include <variant>

#include "base/log.h"
#include "strava/error_body.h"
#include "strava/http_status.h"
#include "strava/json_body.h"

namespace hookspool::strava {
namespace {

/// Whether the answer says that the API is somewhere else. No answer says nothing: the network, or
/// Strava, may be out for a while.
bool has_no_api(const HttpResult& result) {
  const auto* response = std::get_if<HttpResponse>(&result);
  if (response == nullptr) return false;
  const bool redirects = response->status >= http_status::kMultipleChoices &&
                         response->status < http_status::kBadRequest;
  if (redirects || response->status == http_status::kGone) return true;
  // An empty 404 is Strava's, too.
  if (response->status != http_status::kNotFound || response->body.empty()) return false;
  const auto error = parse_error_body(response->body);
  return !error || !error->denies_object();
}

/// Whether it is here, for certain: a landing page and a gateway answer, too.
bool has_api(const HttpResult& result) {
  const auto* response = std::get_if<HttpResponse>(&result);
  if (response == nullptr || has_no_api(result)) return false;
  if (response->status == http_status::kNoContent) return true;
  if (response->status < http_status::kMultipleChoices) {
    return parse_json(response->body).has_value();
  }
  const auto error = parse_error_body(response->body);
  return error && !error->complaints.empty();
}

bool was_withdrawn(const HttpResult& result) {
  const auto* failure = std::get_if<TransportFailure>(&result);
  return failure != nullptr && failure->fault == TransportFault::kWithdrawn;
}

}  // namespace

/// Of one request, for an address that has the API.
struct ApiBase::Search {
  std::shared_ptr<HttpRequest> request;
  std::size_t first = 0;  ///< the address that was asked first
  std::size_t asked = 1;  ///< how many have been
  HttpResult first_result;
  HttpTransport::Completion completion;
};

ApiBase::ApiBase(HttpTransport& transport, std::vector<std::string> urls)
    : transport_(transport), urls_(std::move(urls)) {
  if (urls_.empty()) throw std::invalid_argument("no address of Strava's API");
}

void ApiBase::start(HttpRequest request, HttpTransport::Completion completion) {
  if (urls_.size() == 1) return ask(request, 0, std::move(completion));
  auto kept = std::make_shared<HttpRequest>(std::move(request));
  ask(*kept, current_,
      [this, kept, first = current_, completion = std::move(completion)](HttpResult result) {
        if (!has_no_api(result)) return completion(std::move(result));
        ask_next({kept, first, 1, std::move(result), completion});
      });
}

void ApiBase::ask(const HttpRequest& request, std::size_t index,
                  HttpTransport::Completion completion) {
  HttpRequest whole = request;
  whole.url = urls_[index] + request.url;
  transport_.start(std::move(whole), std::move(completion));
}

void ApiBase::ask_next(Search search) {
  if (search.asked == urls_.size()) return search.completion(std::move(search.first_result));
  const std::size_t index = (search.first + search.asked++) % urls_.size();
  const auto request = search.request;
  ask(*request, index, [this, index, search = std::move(search)](HttpResult result) mutable {
    if (was_withdrawn(result)) return search.completion(std::move(result));
    if (!has_api(result)) return ask_next(std::move(search));
    prefer(index);
    search.completion(std::move(result));
  });
}

void ApiBase::prefer(std::size_t index) {
  if (index == current_) return;
  log::info("Strava's API is not at " + urls_[current_] + ", but at " + urls_[index]);
  current_ = index;
}

HttpResult perform(HttpTransport& transport, ApiBase& base, HttpRequest request) {
  return wait_for<HttpResult>(transport,
                              [&](auto done) { base.start(std::move(request), std::move(done)); });
}

}  // namespace hookspool::strava
