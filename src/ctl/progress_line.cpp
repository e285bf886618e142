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
constexpr int kBarWidth = 24;
constexpr std::size_t kDefaultColumns = 80;

std::string duration_text(seconds length) {
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(length).count();
  if (minutes < 120) return fmt::format("{} min", minutes);
  const auto hours = std::chrono::ceil<std::chrono::hours>(length).count();
  if (hours < 72) return fmt::format("{} h", hours);
  return fmt::format("{} days", std::chrono::ceil<std::chrono::days>(length).count());
}

std::string bar(std::int64_t done, std::int64_t total) {
  const auto filled = static_cast<std::size_t>(total > 0 ? done * kBarWidth / total : 0);
  return "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "] ";
}

std::size_t columns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kDefaultColumns;
}

}  // namespace

ProgressLine::ProgressLine(const Clock& clock, bool is_terminal)
    : clock_(clock), is_terminal_(is_terminal), begun_(clock.now()) {}

ProgressLine::~ProgressLine() {
  if (is_terminal_ && !last_text_.empty()) std::fputs("\n", stderr);
}

void ProgressLine::show(std::int64_t done, std::int64_t total, const std::string& waits_for) {
  const Timestamp now = clock_.now();
  if (now - last_shown_ < (is_terminal_ ? kOnTerminal : std::chrono::milliseconds(kElsewhere))) {
    return;
  }
  last_shown_ = now;
  const auto elapsed = std::chrono::floor<seconds>(now - begun_);
  last_text_ = text(done, total, elapsed, waits_for);
  if (!is_terminal_) {
    std::fprintf(stderr, "%s %s\n", to_rfc3339_seconds(now).c_str(), last_text_.c_str());
    return;
  }
  const std::string line = (bar(done, total) + last_text_).substr(0, columns() - 1);
  std::fprintf(stderr, "\r%s\x1b[K", line.c_str());
  std::fflush(stderr);
}

std::string ProgressLine::text(std::int64_t done, std::int64_t total, seconds elapsed,
                               const std::string& waits_for) {
  std::string text = fmt::format("{} of {}", done, total);
  if (done > 0 && elapsed.count() > 0) {
    const double rate = static_cast<double>(done) / static_cast<double>(elapsed.count());
    const auto left = seconds(static_cast<std::int64_t>(static_cast<double>(total - done) / rate));
    constexpr int kSecondsInMinute = 60;
    text += fmt::format(", {:.0f}/min", rate * kSecondsInMinute);
    if (total > done) text += ", " + duration_text(left) + " left";
  }
  return waits_for.empty() ? text : text + "; waits for " + waits_for;
}

}  // namespace hookspool::ctl
