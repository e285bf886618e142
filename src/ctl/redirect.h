#pragma once

#include <string>

#include "event/authorization.h"

namespace hookspool::ctl {

/// What the address says to which Strava sent the athlete's browser: all of it, or its query alone.
/// Members that are not in it stay empty.
event::Authorization parse_redirect(const std::string& address);

/// Sees that the athlete authorized us, in answer to the authorization that `state` began.
/// \throws Error  refused (kNoPermission), another state or no code (kBadData)
void expect_granted(const event::Authorization& answer, const std::string& state);

}  // namespace hookspool::ctl
