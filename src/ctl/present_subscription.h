#pragma once

#include <optional>

#include "event/event.h"
#include "strava/subscriptions.h"

namespace hookspool::ctl {

/// The application's subscription, if it has one.
/// \throws Error  Strava does not tell
std::optional<strava::Subscription> present_subscription(strava::Subscriptions& subscriptions);

}  // namespace hookspool::ctl
