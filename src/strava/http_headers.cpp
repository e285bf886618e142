#include "strava/http_headers.h"

#include <strings.h>

namespace hookspool::strava {

std::optional<std::string_view> HttpHeaders::find(std::string_view name) const {
  for (const auto& [known, value] : fields_) {
    if (known.size() == name.size() && ::strncasecmp(known.data(), name.data(), name.size()) == 0) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace hookspool::strava
