#pragma once

#include <string>

#include "base/clock.h"

namespace hookspool::ctl {

/// A moment that is still to come, as a person reads it off a clock: "22:30 UTC", "22:30:12 UTC"
/// where that is within a minute or two, and with the day, "2026-11-24 22:30 UTC", where it is a
/// day away or more.
std::string clock_text(Timestamp moment, Timestamp now);

}  // namespace hookspool::ctl
