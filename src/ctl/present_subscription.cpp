#include "ctl/present_subscription.h"

#include "ctl/refusal.h"

namespace hookspool::ctl {

std::optional<strava::Subscription> present_subscription(strava::Subscriptions& subscriptions) {
  const auto list = required("ask Strava for the present subscription", subscriptions.list());
  if (list.empty()) return std::nullopt;
  return list.front();
}

}  // namespace hookspool::ctl
