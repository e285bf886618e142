#include "fetcher/backoff.h"

#include <algorithm>
#include <array>

namespace hookspool::fetcher {
namespace {

using std::chrono::seconds;

constexpr seconds kFirst{30};
constexpr seconds kLongest = std::chrono::hours(6);
/// 30 s doubled ten times is more than six hours.
constexpr int kMostDoublings = 10;
constexpr double kJitter = 0.25;

constexpr std::array kUntilVisible{seconds(5), seconds(25), seconds(150), seconds(900),
                                   seconds(2700)};

constexpr std::array kUntilHeard{seconds(5), seconds(15), seconds(60)};

}  // namespace

seconds backoff_after(int attempts, double random) {
  const seconds whole = std::min(kLongest, kFirst * (1 << std::clamp(attempts, 0, kMostDoublings)));
  return std::chrono::duration_cast<seconds>(whole * (1 - kJitter * random));
}

seconds backoff_until_visible(seconds since) {
  seconds look{0};
  for (const seconds wait : kUntilVisible) {
    look += wait;
    if (since < look) return wait;
  }
  return kUntilVisible.back();
}

seconds backoff_until_heard(int attempts, double random) {
  const auto index = static_cast<std::size_t>(std::max(attempts, 0));
  if (index < kUntilHeard.size()) return kUntilHeard[index];
  return backoff_after(attempts - static_cast<int>(kUntilHeard.size()), random);
}

}  // namespace hookspool::fetcher
