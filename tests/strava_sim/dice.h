#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <string>

namespace hookspool::strava_sim {

/// Repeatable chance: the same seed gives the same throws with every compiler, which the
/// distributions of the standard library do not promise.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t next() { return engine_(); }

  /// Both ends are possible. `low` must not be above `high`.
  int between(int low, int high) {
    return low + static_cast<int>(next() % static_cast<std::uint64_t>(high - low + 1));
  }

  double between(double low, double high) {
    return low + (high - low) * (static_cast<double>(next() >> 11) / 9007199254740992.0);
  }

  bool one_in(int chances) { return between(1, chances) == 1; }

  template <class Container>
  const auto& pick(const Container& choices) {
    return *std::next(std::begin(choices),
                      static_cast<std::ptrdiff_t>(next() % std::size(choices)));
  }

  /// `digits` lowercase hex digits, the form of Strava's tokens and challenges.
  std::string hex(std::size_t digits) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    while (text.size() < digits) text += kDigits[next() % 16];
    return text;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace hookspool::strava_sim
