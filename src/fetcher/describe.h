#pragma once

#include <optional>
#include <string>

#include "event/event.h"
#include "store/job.h"

namespace hookspool::fetcher {

// How the log names things, behind a sentence: each begins with a space.

std::string describe(event::AthleteId athlete);
/// Empty if it is nobody.
std::string describe(const std::optional<event::AthleteId>& athlete);
std::string describe(const store::Job& job);

}  // namespace hookspool::fetcher
