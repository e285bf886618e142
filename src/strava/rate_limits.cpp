#include "strava/rate_limits.h"

#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace hookspool::strava {
namespace {

std::string_view without_spaces(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// More than anybody's allowance, and little enough to reckon with.
constexpr std::int64_t kLargestCount = 1'000'000'000'000;

std::optional<std::int64_t> parse_count(std::string_view text) {
  text = without_spaces(text);
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{} || stop != end || count < 0 || count > kLargestCount)
    return std::nullopt;
  return count;
}

/// "200,2000": of the quarter of an hour, of the day.
std::optional<std::pair<std::int64_t, std::int64_t>> parse_pair(
    std::optional<std::string_view> value) {
  if (!value) return std::nullopt;
  const auto comma = value->find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto quarter_hour = parse_count(value->substr(0, comma));
  const auto day = parse_count(value->substr(comma + 1));
  if (!quarter_hour || !day) return std::nullopt;
  return std::pair(*quarter_hour, *day);
}

std::optional<RateLimit> parse_counter(const HttpHeaders& headers, const std::string& prefix) {
  const auto limit = parse_pair(headers.find(prefix + "-Limit"));
  const auto used = parse_pair(headers.find(prefix + "-Usage"));
  if (!limit || !used) return std::nullopt;
  return RateLimit{{limit->first, used->first}, {limit->second, used->second}};
}

bool day_is_exhausted(const std::optional<RateLimit>& counter) {
  return counter && counter->day.is_exhausted();
}

}  // namespace

RateLimits parse_rate_limits(const HttpHeaders& headers) {
  return {parse_counter(headers, "X-RateLimit"), parse_counter(headers, "X-ReadRateLimit")};
}

Timestamp next_quarter_hour(Timestamp now) {
  using QuarterHours = std::chrono::duration<std::int64_t, std::ratio<900>>;
  return std::chrono::floor<QuarterHours>(now) + QuarterHours(1);
}

Timestamp next_utc_midnight(Timestamp now) {
  return std::chrono::floor<std::chrono::days>(now) + std::chrono::days(1);
}

Timestamp retry_after_rate_limit(const RateLimits& limits, Timestamp now) {
  const bool day = day_is_exhausted(limits.overall) || day_is_exhausted(limits.read);
  return (day ? next_utc_midnight(now) : next_quarter_hour(now)) + kClockMargin;
}

}  // namespace hookspool::strava
