#pragma once

#include <optional>

#include "ctl/context.h"
#include "event/event.h"

namespace hookspool::ctl {

/// Logs a warning for each athlete, or for the one who is asked for, whom Strava cannot be asked
/// for at present, and who is left out of what a command begins. \throws StoreError
void warn_of_stopped(Context& context, std::optional<event::AthleteId> athlete);

}  // namespace hookspool::ctl
