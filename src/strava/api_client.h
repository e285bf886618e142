#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "event/event.h"
#include "strava/activity.h"
#include "strava/api_base.h"
#include "strava/form.h"
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
  /// Told, once and before the completion, what the answer said of the rate limits: nothing if it
  /// did not, or if there was none; the request may have counted all the same.
  using RateLimitObserver = std::function<void(const RateLimits&)>;

  /// Whose call it is.
  struct Caller {
    Secret access_token;
    RateLimitObserver observer = {};
  };

  /// `api_urls` are as ApiBase takes them. `transport` and `clock` must outlive the client, and the
  /// client the calls that it began.
  ApiClient(HttpTransport& transport, const Clock& clock, std::vector<std::string> api_urls);
  ApiClient(const ApiClient&) = delete;
  ApiClient& operator=(const ApiClient&) = delete;

  /// GET /activities/{id}, with all segment efforts.
  void get_activity(event::ActivityId id, const Caller& caller, Completion<Activity> completion);

  /// The streams of an activity as Strava's JSON, keyed by their names; "{}" if there are none.
  struct Streams {
    std::string json;
    bool empty = false;
  };
  /// GET /activities/{id}/streams. `names` is not empty.
  void get_streams(event::ActivityId id, const std::vector<std::string>& names,
                   const Caller& caller, Completion<Streams> completion);

  struct Page {
    std::chrono::sys_seconds after;   ///< started later than this
    std::chrono::sys_seconds before;  ///< and earlier than this
    std::int64_t number = 1;
  };
  /// GET /athlete/activities, as many on a page as Strava allows. Only an empty page is the last.
  void list_activities(const Page& page, const Caller& caller,
                       Completion<std::vector<Activity>> completion);

  /// GET /athlete: whose token this is.
  void get_athlete(const Caller& caller, Completion<event::AthleteId> completion);

 private:
  template <typename T>
  void get(const std::string& path, const Form& query, const Caller& caller,
           std::function<Result<T>(HttpResponse)> read, Completion<T> completion);

  ApiBase base_;
  const Clock& clock_;
};

}  // namespace hookspool::strava
