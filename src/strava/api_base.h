#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "strava/http_transport.h"

namespace hookspool::strava {

/// Where Strava's API is reached. It moves in 2027, and Strava has named the day on which the old
/// address ends in more than one way (https://developers.strava.com/docs/changelog/): who knows
/// several addresses goes on by the one that has it.
///
/// An address has no API if it answers so: by 404 in another form than Strava's, by 410, or by a
/// redirect, which is not followed. Such an answer costs nothing of the rate limit, and leaves
/// nothing done, so that the request may be sent again. One thread uses it.
class ApiBase {
 public:
  /// `urls` are tried in that order; at least one, none with a slash at its end. `transport` must
  /// outlive this, and must not end a request when this is gone.
  ApiBase(HttpTransport& transport, std::vector<std::string> urls);
  ApiBase(const ApiBase&) = delete;
  ApiBase& operator=(const ApiBase&) = delete;

  /// As HttpTransport::start(), for a request whose `url` is the path below the address:
  /// "/athlete". If the address has no API, the others are asked, too, and the first of them that
  /// has it beyond doubt is kept. If none has, `completion` gets what the first one asked said.
  void start(HttpRequest request, HttpTransport::Completion completion);

  /// The address that is asked first.
  const std::string& url() const { return urls_[current_]; }

 private:
  struct Search;
  void ask(const HttpRequest& request, std::size_t index, HttpTransport::Completion completion);
  void ask_next(Search search);
  void prefer(std::size_t index);

  HttpTransport& transport_;
  std::vector<std::string> urls_;
  std::size_t current_ = 0;
};

/// As ApiBase::start(), but waits for the end, as wait_for() does.
HttpResult perform(HttpTransport& transport, ApiBase& base, HttpRequest request);

}  // namespace hookspool::strava
