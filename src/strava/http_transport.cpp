#include "strava/http_transport.h"

namespace hookspool::strava {

std::string_view name_of(HttpMethod method) {
  switch (method) {
    case HttpMethod::kGet:
      return "GET";
    case HttpMethod::kPost:
      return "POST";
    case HttpMethod::kDelete:
      return "DELETE";
  }
  return "GET";
}

HttpResult perform(HttpTransport& transport, HttpRequest request) {
  return wait_for<HttpResult>(
      transport, [&](auto done) { transport.start(std::move(request), std::move(done)); });
}

}  // namespace hookspool::strava
