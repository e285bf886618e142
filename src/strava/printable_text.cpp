#include "strava/printable_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "event/utf8.h"

namespace hookspool::strava {
namespace {

/// How many bytes the character at the start of `text` has; 1 for a byte that starts none.
std::size_t character_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  std::size_t length = 1;
  if (first >= 0xC0) length = 2;
  if (first >= 0xE0) length = 3;
  if (first >= 0xF0) length = 4;
  return event::is_utf8(text.substr(0, length)) ? std::min(length, text.size()) : 1;
}

std::uint32_t code_point(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return first;
  std::uint32_t value = first & (0xFFU >> (character.size() + 1));
  for (const char c : character.substr(1)) {
    value = value << 6 | (static_cast<unsigned char>(c) & 0x3FU);
  }
  return value;
}

bool is_harmless(std::string_view character) {
  if (!event::is_utf8(character)) return false;
  const std::uint32_t value = code_point(character);
  const bool control = value < 0x20 || (value >= 0x7F && value < 0xA0);
  const bool separator = value == 0x2028 || value == 0x2029;
  const bool direction =
      (value >= 0x202A && value <= 0x202E) || (value >= 0x2066 && value <= 0x2069);
  return !control && !separator && !direction;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::string_view character = text.substr(0, character_length(text));
    result.append(is_harmless(character) ? character : "?");
    text.remove_prefix(character.size());
  }
  return result;
}

std::string printable(std::string_view text, std::size_t longest) {
  std::string result = printable(text);
  if (result.size() <= longest) return result;
  constexpr std::string_view kEllipsis = "…";
  std::size_t end = longest < kEllipsis.size() ? 0 : longest - kEllipsis.size();
  // Bytes of the form 10xxxxxx go on with a character.
  while (end > 0 && (static_cast<unsigned char>(result[end]) & 0xC0) == 0x80) --end;
  return result.substr(0, end).append(kEllipsis);
}

}  // namespace hookspool::strava
