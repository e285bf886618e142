#include "strava/api_base.h"

#include <memory>
#include <utility>
#include <variant>

#include "base/log.h"
#include "strava/error_body.h"
#include "strava/http_status.h"

namespace hookspool::strava {
namespace {

/// Whether the API is somewhere else. Strava's own word on an object, a refusal and an outage say
/// that it is here.
bool has_no_api(const HttpResult& result) {
  if (const auto* failure = std::get_if<TransportFailure>(&result)) {
    return failure->fault == TransportFault::kNoConnection;
  }
  const auto& response = std::get<HttpResponse>(result);
  if (response.status == http_status::kGone) return true;
  const bool redirects = response.status >= http_status::kMultipleChoices &&
                         response.status < http_status::kBadRequest;
  if (redirects) return true;
  if (response.status != http_status::kNotFound || response.body.empty()) return false;
  const auto error = parse_error_body(response.body);
  return !error || error->says("path");
}

/// Whether it is here, for certain.
bool has_api(const HttpResult& result) {
  const auto* response = std::get_if<HttpResponse>(&result);
  if (response == nullptr || has_no_api(result)) return false;
  const bool is_success =
      response->status >= http_status::kOk && response->status < http_status::kMultipleChoices;
  return is_success || parse_error_body(response->body).has_value();
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
    : transport_(transport), urls_(std::move(urls)) {}

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
    if (!has_api(result)) return ask_next(std::move(search));
    prefer(index);
    search.completion(std::move(result));
  });
}

void ApiBase::prefer(std::size_t index) {
  if (index == current_) return;
  log::info("Strava's API is not at " + urls_[current_] + " any more, but at " + urls_[index] +
            "; [strava] api_url can name it first");
  current_ = index;
}

HttpResult perform(HttpTransport& transport, ApiBase& base, HttpRequest request) {
  return wait_for<HttpResult>(transport,
                              [&](auto done) { base.start(std::move(request), std::move(done)); });
}

}  // namespace hookspool::strava
