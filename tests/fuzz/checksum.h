#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace hookspool::fuzz {

/// The line of a record that holds `object`, without the newline: what libFuzzer would not guess.
inline std::string with_checksum(std::string_view object) {
  const auto* const bytes = reinterpret_cast<const Bytef*>(object.data());
  char digits[16];
  std::snprintf(digits, sizeof digits, "%08lx ", ::crc32_z(0, bytes, object.size()));
  return std::string(digits).append(object);
}

}  // namespace hookspool::fuzz
