#pragma once

namespace hookspool::config {

/// Thrown where toml++ asserts what a malformed file can break: that no line ends with "[", for
/// one.
struct BrokenTomlAssertion {};

[[noreturn]] inline void break_toml_off() {
  throw BrokenTomlAssertion();
}

}  // namespace hookspool::config

// Its code is inline, so that all who include it must have set the same.
#define TOML_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::hookspool::config::break_toml_off())
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_WINDOWS_COMPAT 0
#include <toml++/toml.h>
