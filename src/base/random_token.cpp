#include "base/random_token.h"

#include <array>
#include <cstddef>

#include "base/random_bytes.h"

namespace hookspool {

std::string random_token() {
  std::array<std::byte, 32> bits{};
  fill_with_random(bits);
  constexpr const char* kHexDigits = "0123456789abcdef";
  std::string token;
  for (const std::byte byte : bits) {
    token.push_back(kHexDigits[std::to_integer<unsigned>(byte >> 4)]);
    token.push_back(kHexDigits[std::to_integer<unsigned>(byte & std::byte{0xF})]);
  }
  return token;
}

}  // namespace hookspool
