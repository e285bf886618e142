#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "event/event.h"
#include "strava/activity.h"
#include "strava/http_transport.h"
#include "strava/outcome.h"
#include "strava/rate_limits.h"

namespace hookspool::strava {

/// Strava's API v3, as far as we call it. https://developers.strava.com/docs/reference/
///
/// Every function begins a call and returns; the completion is called from the transport's wait().
class ApiClient {
 public:
  template <typename T>
  using Completion = std::function<void(Result<T>)>;
  /// Told what each answer says of the rate limits, before the completion is called; also when it
  /// says nothing, since the request counted all the same.
  using RateLimitObserver = std::function<void(const RateLimits&)>;

  /// `api_url` has no slash at its end, and a path prefix or none. `transport` and `clock` must
  /// outlive the client, and the client the calls that it began.
  ApiClient(HttpTransport& transport, const Clock& clock, std::string api_url,
            RateLimitObserver observer = {});
  ApiClient(const ApiClient&) = delete;
  ApiClient& operator=(const ApiClient&) = delete;

  /// GET /activities/{id}.
  void get_activity(event::ActivityId id, const Secret& access_token,
                    Completion<Activity> completion);

  /// GET /athlete: whose token this is.
  void get_athlete(const Secret& access_token, Completion<event::AthleteId> completion);

 private:
  template <typename T>
  void get(const std::string& path, const Secret& access_token,
           std::function<Result<T>(HttpResponse)> read, Completion<T> completion);

  HttpTransport& transport_;
  const Clock& clock_;
  std::string api_url_;
  RateLimitObserver observer_;
};

}  // namespace hookspool::strava
