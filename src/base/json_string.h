#pragma once

#include <string>
#include <string_view>

namespace hookspool {

/// Appends `text`, which must be UTF-8, as a JSON string with its quotes. Only what has to be is
/// escaped, and DEL, so that people can read it.
void append_json_string(std::string& out, std::string_view text);

}  // namespace hookspool
