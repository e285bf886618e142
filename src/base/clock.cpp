#include "base/clock.h"

#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace hookspool {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hh_mm_ss;
using std::chrono::microseconds;
using std::chrono::year_month_day;

void append_padded(std::string& out, std::int64_t value, std::size_t digits) {
  const std::string text = std::to_string(value);
  if (text.size() < digits) out.append(digits - text.size(), '0');
  out.append(text);
}

/// Not by snprintf, which would be a tenth of what the receiver does for an event.
std::string format(Timestamp time, bool with_fraction) {
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss<microseconds> of_day{time - day};
  std::string text;
  text.reserve(32);
  append_padded(text, static_cast<int>(date.year()), 4);
  text.push_back('-');
  append_padded(text, static_cast<unsigned>(date.month()), 2);
  text.push_back('-');
  append_padded(text, static_cast<unsigned>(date.day()), 2);
  text.push_back('T');
  append_padded(text, of_day.hours().count(), 2);
  text.push_back(':');
  append_padded(text, of_day.minutes().count(), 2);
  text.push_back(':');
  append_padded(text, of_day.seconds().count(), 2);
  if (with_fraction) {
    text.push_back('.');
    append_padded(text, of_day.subseconds().count(), 6);
  }
  text.push_back('Z');
  return text;
}

int number(std::string_view text, std::size_t at, std::size_t length) {
  int value = 0;
  const std::string_view digits = text.substr(at, length);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + length || digits.front() == '-') {
    throw std::invalid_argument("not a time: " + std::string(text));
  }
  return value;
}

/// Digits after the sixth say nothing that Timestamp can hold, but they must be digits.
microseconds fraction(std::string_view digits) {
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) {
    throw std::invalid_argument("not a fraction of a second: " + std::string(digits));
  }
  std::string six(digits.substr(0, 6));
  six.resize(6, '0');
  return microseconds(number(six, 0, 6));
}

}  // namespace

Timestamp SystemClock::now() const {
  return floor<microseconds>(std::chrono::system_clock::now());
}

std::string to_rfc3339(Timestamp time) {
  return format(time, true);
}

std::string to_rfc3339_seconds(Timestamp time) {
  return format(time, false);
}

Timestamp from_rfc3339(const std::string& text) {
  const std::string_view view(text);
  const bool shaped = view.size() >= 20 && view[4] == '-' && view[7] == '-' && view[10] == 'T' &&
                      view[13] == ':' && view[16] == ':' && view.back() == 'Z' &&
                      (view[19] == '.' ? view.size() > 21 : view.size() == 20);
  if (!shaped) throw std::invalid_argument("not a time: " + text);
  const year_month_day date{std::chrono::year(number(view, 0, 4)),
                            std::chrono::month(static_cast<unsigned>(number(view, 5, 2))),
                            std::chrono::day(static_cast<unsigned>(number(view, 8, 2)))};
  const int hour = number(view, 11, 2);
  const int minute = number(view, 14, 2);
  const int second = number(view, 17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) {
    throw std::invalid_argument("not a time: " + text);
  }
  Timestamp time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                   std::chrono::minutes(minute) + std::chrono::seconds(second);
  if (view[19] == '.') time += fraction(view.substr(20, view.size() - 21));
  // A leap second may lead there, and no such text names that moment.
  if (time >= std::chrono::sys_days(std::chrono::year(10000) / 1 / 1)) {
    throw std::invalid_argument("not a time: " + text);
  }
  return time;
}

}  // namespace hookspool
