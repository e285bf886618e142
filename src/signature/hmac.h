#pragma once

#include <string>
#include <string_view>

namespace hookspool::signature {

/// HMAC-SHA256 (RFC 2104, FIPS 180-4) of `text`: 32 bytes.
/// \throws Error  the library refused
std::string hmac_sha256(std::string_view key, std::string_view text);

/// The bytes as lowercase hex digits.
std::string to_hex(std::string_view bytes);

/// Base64 with padding (RFC 4648, section 4).
std::string to_base64(std::string_view bytes);
/// The bytes that a base64 text stands for; empty if it is no such text.
std::string from_base64(std::string_view text);

/// Whether two texts are equal, in a time that tells nothing of where they differ.
bool equal_in_constant_time(std::string_view one, std::string_view other);

}  // namespace hookspool::signature
