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

/// Most objects appear within seconds of their event.
constexpr std::array<seconds, 3> kUntilVisible{seconds(5), seconds(15), seconds(60)};

}  // namespace

seconds backoff_after(int attempts, double random) {
  const seconds whole = std::min(kLongest, kFirst * (1 << std::clamp(attempts, 0, kMostDoublings)));
  return std::chrono::duration_cast<seconds>(whole * (1 - kJitter * random));
}

seconds backoff_until_visible(int attempts, double random) {
  const auto index = static_cast<std::size_t>(std::max(attempts, 0));
  if (index < kUntilVisible.size()) return kUntilVisible[index];
  return backoff_after(attempts - static_cast<int>(kUntilVisible.size()), random);
}

}  // namespace hookspool::fetcher
