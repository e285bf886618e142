#include "base/random_bytes.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "support/old_kernel.h"

namespace hookspool {
namespace {

/// Whether what is drawn is neither nothing nor twice the same.
bool draws() {
  std::array<std::byte, 300> once{};
  std::array<std::byte, 300> again{};
  fill_with_random(once);
  fill_with_random(again);
  const auto has_end = [](const auto& bytes) {
    return std::any_of(bytes.end() - 40, bytes.end(),
                       [](auto byte) { return byte != std::byte{}; });
  };
  return has_end(once) && has_end(again) && once != again;
}

TEST(RandomBytes, AreAnotherEachTime) {
  EXPECT_TRUE(draws());
}

TEST(RandomBytes, AreThereOnAnOldKernel) {
  const pid_t child = ::fork();
  if (child == 0) {
    test::forget_getrandom();
    ::_exit(draws() ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace hookspool
