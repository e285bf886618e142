#pragma once

#include <string>

#include "base/clock.h"

namespace hookspool::ctl {

/// The moment that a person means, in UTC: "2026-11-03", "2026-11-03 14:30",
/// "2026-11-03T14:30:00.5Z", "2026-11-03T14:30+02:00", "2026/11/03", "2026-11", "2026",
/// "3.11.2026", "3 Nov 2026", "November 3, 2026", "Nov 2026", "today", "yesterday", "last week",
/// "90m", "36h", "7d", "2 weeks ago", in any case. A day, month or year without a time is its
/// beginning. \throws Error  it is none of these (kUsage)
Timestamp parse_date(const std::string& text, Timestamp now);

/// For the help of options that take one.
inline constexpr const char* kDateForms =
    "Dates: 2026-11-03, \"2026-11-03 14:30\", 2026-11, 2026, 3.11.2026, \"3 Nov 2026\",\n"
    "\"Nov 2026\", today, yesterday, \"last week\", 36h, 7d, \"2 weeks ago\"; in UTC, or\n"
    "with an offset such as +02:00.";

}  // namespace hookspool::ctl
