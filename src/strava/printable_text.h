#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hookspool::strava {

/// Text that others wrote, made fit for one line of a log or a terminal: control characters, line
/// separators and marks that turn the writing direction become "?", as does what is no UTF-8.
std::string printable(std::string_view text);

/// printable(), cut to at most `longest` bytes between two characters, with "…" where it was cut.
std::string printable(std::string_view text, std::size_t longest);

}  // namespace hookspool::strava
