#pragma once

#include <map>
#include <string>

namespace hookspool::strava_sim {

/// The fields of a query or of an urlencoded body. A name ends at the first "=": people post
/// callback URLs with a query of their own without encoding them, and Strava understands.
std::multimap<std::string, std::string> parse_form(const std::string& text);

}  // namespace hookspool::strava_sim
