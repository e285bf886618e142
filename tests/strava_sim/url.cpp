#include "strava_sim/url.h"

#include <cctype>

namespace hookspool::strava_sim {

std::optional<Url> parse_url(const std::string& text) {
  Url url;
  for (const std::string scheme : {"http", "https"}) {
    if (text.rfind(scheme + "://", 0) == 0) url.scheme = scheme;
  }
  if (url.scheme.empty()) return std::nullopt;
  const std::size_t authority = url.scheme.size() + 3;
  std::size_t end = text.find_first_of("/?#", authority);
  if (end == std::string::npos) end = text.size();
  const std::string host_and_port = text.substr(authority, end - authority);
  const std::size_t bracket = host_and_port.find(']');
  const std::size_t colon = host_and_port.find(':', bracket == std::string::npos ? 0 : bracket);
  url.host = host_and_port.substr(0, colon);
  if (url.host.empty()) return std::nullopt;
  url.origin = text.substr(0, end);
  url.target = text.substr(end, text.find('#') - end);
  if (url.target.empty() || url.target.front() != '/') url.target.insert(url.target.begin(), '/');
  return url;
}

std::string percent_encode(const std::string& text, const std::string& also_plain) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const std::string plain = "-._~" + also_plain;
  std::string encoded;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if ((byte < 0x80 && std::isalnum(byte) != 0) || plain.find(character) != std::string::npos) {
      encoded += character;
    } else {
      encoded += '%';
      encoded += kDigits[byte >> 4];
      encoded += kDigits[byte & 15];
    }
  }
  return encoded;
}

std::string with_parameters(const std::string& target, const std::string& parameters) {
  if (target.find('?') == std::string::npos) return target + "?" + parameters;
  const bool needs_separator = target.back() != '?' && target.back() != '&';
  return target + (needs_separator ? "&" : "") + parameters;
}

}  // namespace hookspool::strava_sim
