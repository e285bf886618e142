#pragma once

#include <optional>
#include <string>

#include "event/event.h"
#include "strava/subscriptions.h"

namespace hookspool::ctl {

/// The application's subscription, if it has one.
/// \throws Error  Strava does not tell
std::optional<strava::Subscription> present_subscription(strava::Subscriptions& subscriptions);

/// The id in decimal digits.
std::string text_of(event::SubscriptionId id);

}  // namespace hookspool::ctl
