#pragma once

#include <string_view>

namespace hookspool::event {

/// Whether the text is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above
/// U+10FFFF). The JSON libraries pass ill-formed bytes through, and they would reach the store.
bool is_utf8(std::string_view text);

}  // namespace hookspool::event
