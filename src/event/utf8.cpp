#include "event/utf8.h"

#include <cstddef>

namespace hookspool::event {
namespace {

/// The shape of a sequence by its first byte: how many bytes follow, and the range that the first
/// of them must be in (RFC 3629, section 4); the others are 80–BF.
struct Shape {
  std::size_t following;
  unsigned char lowest;
  unsigned char highest;
};

constexpr Shape kIllFormed{4, 0, 0};

constexpr Shape shape_of(unsigned char first) {
  if (first < 0x80) return {0, 0, 0};
  if (first < 0xC2) return kIllFormed;
  if (first < 0xE0) return {1, 0x80, 0xBF};
  if (first == 0xE0) return {2, 0xA0, 0xBF};
  if (first == 0xED) return {2, 0x80, 0x9F};
  if (first < 0xF0) return {2, 0x80, 0xBF};
  if (first == 0xF0) return {3, 0x90, 0xBF};
  if (first < 0xF4) return {3, 0x80, 0xBF};
  if (first == 0xF4) return {3, 0x80, 0x8F};
  return kIllFormed;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Shape shape = shape_of(static_cast<unsigned char>(text[at++]));
    if (shape.following > text.size() - at || shape.following > 3) return false;
    unsigned char lowest = shape.lowest;
    unsigned char highest = shape.highest;
    for (std::size_t i = 0; i < shape.following; ++i) {
      const auto byte = static_cast<unsigned char>(text[at++]);
      if (byte < lowest || byte > highest) return false;
      lowest = 0x80;
      highest = 0xBF;
    }
  }
  return true;
}

}  // namespace hookspool::event
