#include "ctl/date_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <iomanip>
#include <locale>
#include <optional>
#include <regex>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace hookspool::ctl {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

[[noreturn]] void reject(const std::string& text) {
  static const std::regex slashes(R"(\d+/\d+/\d+)");
  throw Error(ExitCode::kUsage,
              "\"" + text + "\" is no date that is understood" +
                  (std::regex_match(text, slashes)
                       ? ": with slashes nobody can tell day and month apart, unless the year "
                         "comes first. "
                       : ". ") +
                  kDateForms);
}

std::string in_lower_case(std::string text) {
  for (char& letter : text) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return text;
}

/// A part that the pattern did not find is zero.
int number(const std::ssub_match& part) {
  return part.matched ? std::stoi(part.str()) : 0;
}

/// How days, months and years are written, by std::get_time(): spaces may be missing, and names of
/// months be cut to three letters.
struct DayForm {
  const char* format;
  bool has_month;
  bool has_day;
};
constexpr std::array<DayForm, 9> kDayForms{{{"%Y-%m-%d", true, true},
                                            {"%Y/%m/%d", true, true},
                                            {"%d. %m. %Y", true, true},
                                            {"%d %b %Y", true, true},
                                            {"%b %d, %Y", true, true},
                                            {"%b %d %Y", true, true},
                                            {"%Y-%m", true, false},
                                            {"%b %Y", true, false},
                                            {"%Y", false, false}}};

/// Its first day, if `text` begins as that form has it; `rest` then holds what follows.
std::optional<sys_days> day_in(const DayForm& form, const std::string& text, std::string& rest) {
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  constexpr int kMissing = -1;
  std::tm parts{};
  parts.tm_mon = kMissing;
  parts.tm_mday = kMissing;
  stream >> std::get_time(&parts, form.format);
  // Where the text ends early, get_time() is content.
  const bool is_whole =
      (!form.has_month || parts.tm_mon != kMissing) && (!form.has_day || parts.tm_mday != kMissing);
  if (!stream || !is_whole) return std::nullopt;
  std::getline(stream, rest);
  constexpr int kYearZero = 1900;  // of std::tm
  const std::chrono::year_month_day date{
      std::chrono::year(parts.tm_year + kYearZero),
      std::chrono::month(form.has_month ? static_cast<unsigned>(parts.tm_mon) + 1 : 1),
      std::chrono::day(form.has_day ? static_cast<unsigned>(parts.tm_mday) : 1)};
  constexpr std::chrono::year kFirstYear(1970);
  if (!date.ok() || date.year() < kFirstYear) return std::nullopt;
  return sys_days(date);
}

/// "t14:30:05.25+02:00", of which everything from the seconds on may be missing, or nothing at all.
std::optional<std::chrono::microseconds> time_in(const std::string& text) {
  static const std::regex form(
      R"((?:[t ]\s*(\d\d?):(\d\d)(?::(\d\d)(\.\d+)?)?\s*(z|utc|([+-])(\d\d):?(\d\d))?)?)");
  std::smatch parts;
  if (!std::regex_match(text, parts, form)) return std::nullopt;
  const std::chrono::hours hour(number(parts[1]));
  const std::chrono::minutes minute(number(parts[2]));
  const std::chrono::seconds second(number(parts[3]));
  if (hour.count() > 23 || minute.count() > 59 || second.count() > 59) return std::nullopt;
  const std::chrono::duration<double> fraction(parts[4].matched ? std::stod("0" + parts[4].str())
                                                                : 0.0);
  auto offset = std::chrono::hours(number(parts[7])) + std::chrono::minutes(number(parts[8]));
  if (parts[6] == "-") offset = -offset;
  return hour + minute + second + std::chrono::round<std::chrono::microseconds>(fraction) - offset;
}

/// "2026-11-03T14:30:05+02:00", "3 Nov 2026"
std::optional<Timestamp> calendar_date(const std::string& text) {
  for (const DayForm& form : kDayForms) {
    std::string rest;
    const auto day = day_in(form, text, rest);
    if (!day || (!rest.empty() && !form.has_day)) continue;
    if (const auto time = time_in(rest)) return *day + *time;
  }
  return std::nullopt;
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
  static constexpr std::array<std::pair<std::string_view, days>, 5> kDaysBack{
      {{"today", days(0)},
       {"yesterday", days(1)},
       {"last week", days(7)},
       {"last month", days(30)},
       {"last year", days(365)}}};
  const std::string words = in_lower_case(text);
  if (words == "now") return now;
  for (const auto& [name, back] : kDaysBack) {
    if (words == name) return std::chrono::floor<days>(now) - back;
  }
  if (const auto moment = calendar_date(words)) return *moment;
  if (const auto moment = before(words, now)) return *moment;
  reject(text);
}

}  // namespace hookspool::ctl
