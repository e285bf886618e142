#pragma once

#include <map>
#include <string>
#include <string_view>

namespace hookspool {

using Parameters = std::map<std::string, std::string>;

/// The parameters of a query string, names and values decoded (%XX and +). Of a name that stands
/// twice the first counts. What is no valid escape is taken literally, as browsers do.
/// https://url.spec.whatwg.org/#urlencoded-parsing
Parameters parse_query(std::string_view query);

}  // namespace hookspool
