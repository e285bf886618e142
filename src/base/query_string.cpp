#include "base/query_string.h"

#include <charconv>
#include <cstddef>

namespace hookspool {
namespace {

std::string decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && text.size() - at > 2) {
      unsigned char byte = 0;
      const char* const digits = text.data() + at + 1;
      const auto [end, error] = std::from_chars(digits, digits + 2, byte, 16);
      if (error == std::errc{} && end == digits + 2) {
        decoded.push_back(static_cast<char>(byte));
        at += 2;
        continue;
      }
    }
    decoded.push_back(text[at] == '+' ? ' ' : text[at]);
  }
  return decoded;
}

}  // namespace

Parameters parse_query(std::string_view query) {
  Parameters parameters;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    parameters.emplace(decode(pair.substr(0, equals)), decode(value));
  }
  return parameters;
}

}  // namespace hookspool
