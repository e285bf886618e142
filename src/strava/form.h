#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"
#include "strava/http_transport.h"

namespace hookspool::strava {

/// Pairs in the manner of application/x-www-form-urlencoded, for a body or for a query.
class Form {
 public:
  Form& add(std::string_view name, std::string_view value);
  Form& add(std::string_view name, const Secret& value) { return add(name, value.reveal()); }

  Secret encoded() const { return Secret(text_); }

 private:
  std::string text_;
};

/// A request whose body is the form, and whose answer shall be JSON.
HttpRequest request_with_form(HttpMethod method, std::string url, const Form& form);

}  // namespace hookspool::strava
