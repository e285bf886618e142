#pragma once

#include <cstddef>
#include <span>

namespace hookspool {

/// Fills `bytes` with random numbers that nobody can guess. Thread-safe.
/// \throws SystemError  the system has none
void fill_with_random(std::span<std::byte> bytes);

/// Opens what fill_with_random() needs on a kernel before 3.17, which has no call for it: for
/// whoever can open no files afterwards.
/// \throws SystemError  the system has no random numbers
void prepare_random();

}  // namespace hookspool
