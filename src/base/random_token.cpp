#include "base/random_token.h"

#include <sys/random.h>

#include <array>
#include <cerrno>

#include "base/error.h"

namespace hookspool {

std::string random_token() {
  std::array<unsigned char, 32> bits{};
  while (::getrandom(bits.data(), bits.size(), 0) != static_cast<ssize_t>(bits.size())) {
    if (errno != EINTR) throw SystemError("get random numbers", errno);
  }
  constexpr const char* kHexDigits = "0123456789abcdef";
  std::string token;
  for (const unsigned char byte : bits) {
    token.push_back(kHexDigits[byte >> 4]);
    token.push_back(kHexDigits[byte & 0xF]);
  }
  return token;
}

}  // namespace hookspool
