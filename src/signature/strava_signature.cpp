#include "signature/strava_signature.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "signature/hmac.h"

namespace hookspool::signature {
namespace {

/// As in Strava's sample.
constexpr std::chrono::seconds kTolerance{300};

struct Header {
  std::string_view time;
  std::vector<std::string_view> signatures;
};

std::string_view without_spaces(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

Header parse(std::string_view text) {
  Header header;
  while (!text.empty()) {
    const std::string_view part = without_spaces(text.substr(0, text.find(',')));
    text.remove_prefix(std::min(
        text.size(), text.find(',') == std::string_view::npos ? text.size() : text.find(',') + 1));
    if (part.starts_with("t=")) header.time = part.substr(2);
    if (part.starts_with("v1=")) header.signatures.push_back(part.substr(3));
  }
  return header;
}

std::optional<Timestamp> time_of(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t kLatest = 253402300799;  // the year 9999
  if (error != std::errc{} || end != text.data() + text.size() || seconds < 0 ||
      seconds > kLatest) {
    return std::nullopt;
  }
  return Timestamp(std::chrono::seconds(seconds));
}

}  // namespace

Verdict check_strava_signature(std::string_view header, std::string_view body, const Secret& key,
                               Timestamp received) {
  if (header.empty()) return Verdict::kAbsent;
  const Header parsed = parse(header);
  const auto time = time_of(parsed.time);
  if (!time || std::chrono::abs(received - *time) > kTolerance) return Verdict::kWrong;
  const std::string signed_text = std::string(parsed.time) + "." + std::string(body);
  const std::string expected = to_hex(hmac_sha256(key.reveal(), signed_text));
  bool is_right = false;
  for (const std::string_view signature : parsed.signatures) {
    if (equal_in_constant_time(signature, expected)) is_right = true;
  }
  return is_right ? Verdict::kRight : Verdict::kWrong;
}

}  // namespace hookspool::signature
