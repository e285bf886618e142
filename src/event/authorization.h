#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace hookspool::event {

/// What an athlete answered on Strava's authorization page, as its redirect brings it.
/// https://developers.strava.com/docs/authentication/
struct Authorization {
  std::string state;  ///< the token that hookspoolctl began it with
  Secret code;        ///< to be traded for tokens, once and soon; empty if refused
  std::string scope;  ///< what was granted, comma-separated
  std::string error;  ///< "access_denied" if the athlete refused, else empty
};

/// The body of the record that carries it through the spool: JSON with an object_type that no event
/// of Strava's has, and without an object_id, so that no POST can pass for one.
std::string to_body(const Authorization& authorization);

/// What such a body says; nothing for every other body.
std::optional<Authorization> parse_authorization(std::string_view body);

}  // namespace hookspool::event
