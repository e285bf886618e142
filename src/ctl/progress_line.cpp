#include "ctl/progress_line.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace hookspool::ctl {
namespace {

using std::chrono::seconds;

constexpr std::chrono::milliseconds kOnTerminal{200};
constexpr seconds kElsewhere{60};
constexpr std::size_t kLongestBar = 24;
constexpr std::size_t kShortestBar = 4;  // a shorter one says nothing
constexpr std::size_t kDefaultColumns = 80;

std::string duration_text(seconds length) {
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(length).count();
  if (minutes < 120) return fmt::format("{} min", minutes);
  const auto hours = std::chrono::ceil<std::chrono::hours>(length).count();
  if (hours < 72) return fmt::format("{} h", hours);
  return fmt::format("{} days", std::chrono::ceil<std::chrono::days>(length).count());
}

/// Nothing while the end is not known: a full bar would be a lie.
std::string bar(const Progress& progress, std::size_t room) {
  constexpr std::size_t kFrame = 3;
  if (room < kShortestBar + kFrame || !progress.is_total_known) return "";
  const std::size_t width = std::min(kLongestBar, room - kFrame);
  const auto filled = progress.total > 0 ? static_cast<std::size_t>(progress.done) * width /
                                               static_cast<std::size_t>(progress.total)
                                         : 0;
  return "[" + std::string(filled, '#') + std::string(width - filled, '.') + "] ";
}

std::size_t columns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kDefaultColumns;
}

}  // namespace

std::string Progress::counts(const std::string& of_what) const {
  const std::string what = of_what.empty() ? "" : " " + of_what;
  if (is_total_known) return fmt::format("{} of {}{}", done, total, what);
  return done < total ? fmt::format("{} of at least {}{}", done, total, what)
                      : fmt::format("{}{} so far", total, what);
}

ProgressLine::ProgressLine(const Clock& clock, bool is_terminal)
    : clock_(clock),
      is_terminal_(is_terminal),
      begun_(clock.now()),
      // Elsewhere than on a terminal short work is told of once, at its end.
      last_shown_(is_terminal ? Timestamp() : begun_) {}

ProgressLine::~ProgressLine() {
  if (is_line_open_) std::fputs("\n", stderr);
}

bool ProgressLine::is_due() const {
  const auto every = is_terminal_ ? kOnTerminal : std::chrono::milliseconds(kElsewhere);
  return clock_.now() - last_shown_ >= every;
}

void ProgressLine::show(const Progress& progress) {
  const bool begins_to_wait = !progress.waits.empty() && !has_waited_;
  if (!done_before_) done_before_ = progress.done;
  if (is_due() || begins_to_wait) print(progress);
}

void ProgressLine::finish(const Progress& progress) {
  if (!done_before_) done_before_ = progress.done;
  print(progress);
}

void ProgressLine::print(const Progress& progress) {
  last_shown_ = clock_.now();
  has_waited_ = has_waited_ || !progress.waits.empty();
  const auto elapsed = std::chrono::floor<seconds>(last_shown_ - begun_).count();
  const std::int64_t done = progress.done - *done_before_;
  std::optional<double> per_minute;
  constexpr int kSecondsInMinute = 60;
  if (done > 0 && elapsed > 0) {
    per_minute = static_cast<double>(done) * kSecondsInMinute / static_cast<double>(elapsed);
  }
  if (!is_terminal_) {
    std::fprintf(stderr, "%s %s\n", to_rfc3339_seconds(last_shown_).c_str(),
                 text(progress, per_minute).c_str());
    return;
  }
  is_line_open_ = true;
  std::fprintf(stderr, "\r%s\x1b[K", line(progress, per_minute, columns() - 1).c_str());
  std::fflush(stderr);
}

std::string ProgressLine::text(const Progress& progress, std::optional<double> per_minute) {
  std::string text = progress.counts();
  // First what nobody may miss where the line is cut.
  if (!progress.waits.empty()) text += "; " + progress.waits;
  std::string speed;
  if (per_minute) speed = fmt::format("{:.{}f}/min", *per_minute, *per_minute < 10 ? 1 : 0);
  if (progress.left && progress.done < progress.total) {
    speed += (speed.empty() ? "" : ", ") + duration_text(*progress.left) + " left";
  }
  return speed.empty() ? text : text + "; " + speed;
}

std::string ProgressLine::line(const Progress& progress, std::optional<double> per_minute,
                               std::size_t columns) {
  const std::string words = text(progress, per_minute).substr(0, columns);
  return bar(progress, columns - words.size()) + words;
}

}  // namespace hookspool::ctl
