#include "store/patience.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace hookspool::store {
namespace {

/// Another process lets go after a few milliseconds, mostly.
constexpr int kLongestNap = 50;  // in ms

}  // namespace

void Patience::hurry(Hurry hurry) {
  hurry_ = std::move(hurry);
  hurried_ = {};
}

bool Patience::nap(int before) noexcept {
  const auto now = Steady::now();
  if (before == 0) start_ = now;
  const bool in_a_hurry = hurries();
  const auto longest = in_a_hurry ? std::min(longest_, hurry_.each) : longest_;
  if (now - start_ >= longest || (in_a_hurry && hurried_ >= hurry_.all)) return false;
  std::this_thread::sleep_for(std::chrono::milliseconds(std::min(before + 1, kLongestNap)));
  if (in_a_hurry) hurried_ += Steady::now() - now;
  return true;
}

}  // namespace hookspool::store
