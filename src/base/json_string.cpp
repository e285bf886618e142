#include "base/json_string.h"

#include <algorithm>
#include <cstddef>

namespace hookspool {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

bool needs_escape(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '"' || c == '\\' || byte < 0x20 || byte == 0x7F;
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  const std::size_t at = kEscaped.find(c);
  out.push_back('\\');
  if (at != std::string_view::npos) {
    out.push_back(kLetters[at]);
  } else {
    const auto byte = static_cast<unsigned char>(c);
    out.append("u00");
    out.push_back(kHexDigits[byte >> 4]);
    out.push_back(kHexDigits[byte & 0xF]);
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    const char* const next = std::find_if(at, end, needs_escape);
    out.append(at, next);
    if (next == end) break;
    append_escaped(out, *next);
    at = next + 1;
  }
  out.push_back('"');
}

}  // namespace hookspool
