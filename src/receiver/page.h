#pragma once

#include "receiver/response.h"

namespace hookspool::receiver {

// What an athlete's browser shows when Strava's authorization page has sent it back.

/// The code is in the spool; what happens with it, hookspoolctl tells.
Response authorization_granted();
/// The athlete refused.
Response authorization_refused();
/// Nobody waits for an answer with that state: it has expired, was used, or was made up.
Response authorization_unknown();

}  // namespace hookspool::receiver
