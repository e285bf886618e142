#pragma once

#include <soci/soci.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/clock.h"

namespace hookspool::store {

// How our types stand in columns: ids and times as 64-bit integers.

template <typename Id>
requires std::is_enum_v<Id> std::int64_t number(Id id) {
  return static_cast<std::int64_t>(id);
}

inline std::int64_t to_microseconds(Timestamp time) {
  return time.time_since_epoch().count();
}

inline Timestamp from_microseconds(std::int64_t count) {
  return Timestamp(std::chrono::microseconds(count));
}

inline std::int64_t to_seconds(std::chrono::sys_seconds time) {
  return time.time_since_epoch().count();
}

inline std::chrono::sys_seconds from_seconds(std::int64_t count) {
  return std::chrono::sys_seconds(std::chrono::seconds(count));
}

/// A column that may be NULL, as SOCI's `use` and `into` want it: value and indicator.
template <typename T>
struct Nullable {
  Nullable() = default;
  explicit Nullable(const std::optional<T>& from)
      : value(from.value_or(T{})), indicator(from ? soci::i_ok : soci::i_null) {}

  std::optional<T> get() const {
    return indicator == soci::i_ok ? std::optional<T>(value) : std::nullopt;
  }

  T value{};
  soci::indicator indicator = soci::i_null;
};

}  // namespace hookspool::store
