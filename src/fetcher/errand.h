#pragma once

#include <memory>
#include <optional>

#include "fetcher/archive.h"
#include "fetcher/budget.h"
#include "store/jobs.h"
#include "strava/rate_limits.h"

namespace hookspool::fetcher {

/// A job that this process has claimed and has in hand.
struct Errand {
  store::Job job;
  /// Of the call that it is about to make or has under way.
  std::optional<Budget::Ticket> ticket;
  bool was_sent = false;     ///< that call
  strava::RateLimits heard;  ///< what its answer said
  Archive::Look look;        ///< what was seen so far
};

/// In progress for as long as anybody has this: the callback of a request, mostly. So it is over
/// however it ends, by an exception too.
using ErrandInHand = std::shared_ptr<Errand>;

}  // namespace hookspool::fetcher
