#pragma once

#include <chrono>

namespace hookspool::store {

/// Nothing is put off by more than that: a Retry-After counts for a day at most, and hours may pass
/// until it is stored. What is due later was put off by a clock that was ahead.
inline constexpr std::chrono::hours kLongestWait{30};

}  // namespace hookspool::store
