#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/secret.h"

namespace hookspool::signature {

/// What the X-Strava-Signature of an event is worth.
enum class Verdict {
  kAbsent,
  kRight,
  kWrong,  ///< malformed, of another key or body, or more than five minutes from `received`
};

/// Checks "t=<Unix seconds>,v1=<64 hex digits>", where v1 is the HMAC-SHA256 of "<t>.<body>". One
/// right v1 among several is enough, and versions of other names are passed over.
Verdict check_strava_signature(std::string_view header, std::string_view body, const Secret& key,
                               Timestamp received);

}  // namespace hookspool::signature
