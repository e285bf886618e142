#include "ctl/date_text.h"

#include <array>
#include <chrono>
#include <optional>
#include <regex>

#include "base/error.h"

namespace hookspool::ctl {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

[[noreturn]] void reject(const std::string& text) {
  throw Error(ExitCode::kUsage, "\"" + text + "\" is no date that is understood. " + kDateForms);
}

/// A part that the pattern did not find is zero, or `otherwise`.
int number(const std::ssub_match& part, int otherwise = 0) {
  return part.matched ? std::stoi(part.str()) : otherwise;
}

std::optional<sys_days> day_of(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  constexpr int kFirstYear = 1970;
  if (!date.ok() || year < kFirstYear) return std::nullopt;
  return sys_days(date);
}

/// "2026-11-03T14:30:05+02:00", of which everything from the month on may be missing.
std::optional<Timestamp> year_first(const std::string& text) {
  static const std::regex form(
      R"((\d{4})(?:-(\d\d?)(?:-(\d\d?)(?:[T ](\d\d?):(\d\d)(?::(\d\d))?\s*(Z|UTC|([+-])(\d\d):?(\d\d))?)?)?)?)");
  std::smatch parts;
  if (!std::regex_match(text, parts, form)) return std::nullopt;
  const auto day = day_of(number(parts[1]), number(parts[2], 1), number(parts[3], 1));
  const std::chrono::hours hour(number(parts[4]));
  const std::chrono::minutes minute(number(parts[5]));
  const std::chrono::seconds second(number(parts[6]));
  if (!day || hour.count() > 23 || minute.count() > 59 || second.count() > 59) return std::nullopt;
  auto offset = std::chrono::hours(number(parts[9])) + std::chrono::minutes(number(parts[10]));
  if (parts[8] == "-") offset = -offset;
  return *day + hour + minute + second - offset;
}

/// "3.11.2026", as it is written in most of Europe. With slashes nobody could tell day and month
/// apart.
std::optional<Timestamp> day_first(const std::string& text) {
  static const std::regex form(R"((\d\d?)\.\s?(\d\d?)\.\s?(\d{4}))");
  std::smatch parts;
  if (!std::regex_match(text, parts, form)) return std::nullopt;
  const auto day = day_of(number(parts[3]), number(parts[2]), number(parts[1]));
  return day ? std::optional<Timestamp>(*day) : std::nullopt;
}

std::chrono::seconds length_of(const std::string& unit) {
  // A month and a year are as long as they mostly are: nobody counts on the day.
  static const std::array<std::pair<const char*, std::chrono::seconds>, 12> units{
      {{"m", std::chrono::minutes(1)},
       {"min", std::chrono::minutes(1)},
       {"minute", std::chrono::minutes(1)},
       {"h", std::chrono::hours(1)},
       {"hour", std::chrono::hours(1)},
       {"d", days(1)},
       {"day", days(1)},
       {"w", days(7)},
       {"week", days(7)},
       {"month", days(30)},
       {"y", days(365)},
       {"year", days(365)}}};
  for (const auto& [name, length] : units) {
    if (unit == name || unit == std::string(name) + "s") return length;
  }
  return std::chrono::seconds(0);
}

/// "36h", "2 weeks ago"
std::optional<Timestamp> before(const std::string& text, Timestamp now) {
  static const std::regex form(R"((\d{1,6})\s*([a-z]+)(?:\s+ago)?)");
  std::smatch parts;
  if (!std::regex_match(text, parts, form)) return std::nullopt;
  const std::chrono::seconds length = length_of(parts[2].str());
  if (length.count() == 0) return std::nullopt;
  const Timestamp moment = now - length * number(parts[1]);
  return std::max(moment, Timestamp());
}

}  // namespace

Timestamp parse_date(const std::string& text, Timestamp now) {
  const auto today = std::chrono::floor<days>(now);
  if (text == "now") return now;
  if (text == "today") return today;
  if (text == "yesterday") return today - days(1);
  if (const auto moment = year_first(text)) return *moment;
  if (const auto moment = day_first(text)) return *moment;
  if (const auto moment = before(text, now)) return *moment;
  reject(text);
}

}  // namespace hookspool::ctl
