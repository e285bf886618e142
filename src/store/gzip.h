#pragma once

#include <string>
#include <string_view>

namespace hookspool::store {

/// `text` in the format of RFC 1952.
std::string gzip(std::string_view text);

/// What gzip() was given. \throws Error  it is no such data, or is cut off
std::string gunzip(std::string_view compressed);

}  // namespace hookspool::store
