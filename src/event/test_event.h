#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "event/event.h"

namespace hookspool::event {

// An event that `hookspoolctl send-test` posts to see whether events arrive. In its shape it is
// Strava's; a member of `updates` that Strava does not have marks it, and has its marker, by which
// it can be found again. Whoever forges one reaches nothing: it is noted that it came, and no more.

/// Its body. It is about an activity, or an athlete, with the id 1, which is nobody's of today.
std::string test_event_body(Kind kind, const std::string& marker, Timestamp now,
                            std::optional<SubscriptionId> subscription);

bool is_test(const Event& event);

}  // namespace hookspool::event
