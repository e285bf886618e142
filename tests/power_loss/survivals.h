#pragma once

#include <cstddef>
#include <random>
#include <vector>

#include "power_loss/disk.h"

namespace hookspool::power_loss {

using Survival = std::vector<Fate>;

/// How much is tried of each moment.
struct Thoroughness {
  /// If there are no more combinations of what can become of each change, all are tried, and what
  /// follows does not count.
  std::size_t most_combinations;
  /// Of the survivals in which one change fares unlike all others; the rest is left to chance.
  std::size_t most_singles;
  /// In which each change fares as it likes.
  std::size_t at_random;
};

constexpr Thoroughness kEverySingle{16, SIZE_MAX, 12};

/// Ways in which a power loss can treat the changes, each of which is kept, dropped or torn in one
/// of several ways: every combination, or, where these are too many, all dropped, all kept, each
/// alone faring in each way while all others are kept or dropped, and some at random.
std::vector<Survival> survivals(const std::vector<Unsynced>& changes,
                                const Thoroughness& thoroughness, std::mt19937& random);

}  // namespace hookspool::power_loss
