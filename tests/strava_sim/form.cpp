#include "strava_sim/form.h"

#include <cctype>
#include <cstddef>
#include <sstream>

namespace hookspool::strava_sim {

namespace {

bool is_hex(char character) {
  return std::isxdigit(static_cast<unsigned char>(character)) != 0;
}

std::string decoded(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size() && is_hex(text[at + 1]) && is_hex(text[at + 2])) {
      result += static_cast<char>(std::stoi(text.substr(at + 1, 2), nullptr, 16));
      at += 2;
    } else {
      result += text[at] == '+' ? ' ' : text[at];
    }
  }
  return result;
}

}  // namespace

std::multimap<std::string, std::string> parse_form(const std::string& text) {
  std::multimap<std::string, std::string> fields;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, '&');) {
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    const std::string value = equals == std::string::npos ? "" : part.substr(equals + 1);
    fields.emplace(decoded(part.substr(0, equals)), decoded(value));
  }
  return fields;
}

}  // namespace hookspool::strava_sim
