#include "event/surrogates.h"

#include <charconv>
#include <cstddef>

namespace hookspool::event {
namespace {

/// "\u" and four digits.
constexpr std::size_t kEscape = 6;

/// The code unit whose escape begins at `at`; nothing if none does.
std::optional<unsigned> unit_at(std::string_view json, std::size_t at) {
  if (json.size() < at + kEscape || json[at] != '\\' || json[at + 1] != 'u') return std::nullopt;
  unsigned unit = 0;
  const char* const digits = json.data() + at + 2;
  const auto [end, error] = std::from_chars(digits, digits + 4, unit, 16);
  if (error != std::errc{} || end != digits + 4) return std::nullopt;
  return unit;
}

bool is_high(std::optional<unsigned> unit) {
  return unit && (*unit & 0xFC00) == 0xD800;
}

bool is_low(std::optional<unsigned> unit) {
  return unit && (*unit & 0xFC00) == 0xDC00;
}

/// What of a text begins at the backslash at `at` and is to be read at once.
struct Escaped {
  std::size_t length;
  bool is_half_a_pair;
};

Escaped escaped_at(std::string_view json, std::size_t at) {
  const auto unit = unit_at(json, at);
  // Of "\\u" the second backslash begins nothing.
  if (!unit) return {2, false};
  if (is_high(unit) && is_low(unit_at(json, at + kEscape))) return {2 * kEscape, false};
  return {kEscape, is_high(unit) || is_low(unit)};
}

}  // namespace

std::optional<std::string> with_surrogates_mended(std::string_view json) {
  std::optional<std::string> mended;
  std::size_t at = json.find('\\');
  while (at < json.size()) {
    const Escaped escaped = escaped_at(json, at);
    if (escaped.is_half_a_pair) {
      if (!mended) mended.emplace(json);
      mended->replace(at, kEscape, "\\ufffd");
    }
    at = json.find('\\', at + escaped.length);
  }
  return mended;
}

}  // namespace hookspool::event
