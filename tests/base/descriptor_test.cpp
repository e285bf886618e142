#include "base/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <type_traits>
#include <utility>

namespace hookspool {
namespace {

int new_fd() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

TEST(Descriptor, ClosesWhatItOwnsAtItsEnd) {
  const int fd = new_fd();
  {
    const Descriptor descriptor(fd);
    EXPECT_TRUE(descriptor);
    EXPECT_EQ(descriptor.get(), fd);
    EXPECT_TRUE(is_open(fd));
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(Descriptor, OwnsNothingByDefault) {
  Descriptor descriptor;
  EXPECT_FALSE(descriptor);
  EXPECT_EQ(descriptor.get(), -1);
  descriptor.reset();
}

TEST(Descriptor, CountsZeroAsADescriptor) {
  Descriptor descriptor(0);
  EXPECT_TRUE(descriptor);
  EXPECT_EQ(descriptor.release(), 0) << "or else standard input would be closed here";
}

TEST(Descriptor, PassesOnWhatItOwns) {
  const int fd = new_fd();
  Descriptor first(fd);
  Descriptor second(std::move(first));
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(second.get(), fd);
  Descriptor third;
  third = std::move(second);
  EXPECT_FALSE(second);  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(is_open(fd));
  EXPECT_FALSE(std::is_copy_constructible_v<Descriptor>);
  EXPECT_FALSE(std::is_copy_assignable_v<Descriptor>);
}

TEST(Descriptor, ClosesTheOldOneWhenItTakesAnother) {
  const int old_fd = new_fd();
  const int other_fd = new_fd();
  Descriptor descriptor(old_fd);
  descriptor = Descriptor(other_fd);
  EXPECT_FALSE(is_open(old_fd));
  EXPECT_TRUE(is_open(other_fd));
}

TEST(Descriptor, SurvivesAssignmentToItself) {
  const int fd = new_fd();
  Descriptor descriptor(fd);
  Descriptor& same = descriptor;
  descriptor = std::move(same);
  EXPECT_EQ(descriptor.get(), fd);
  EXPECT_TRUE(is_open(fd));
}

TEST(Descriptor, GivesAwayWithoutClosing) {
  Descriptor descriptor(new_fd());
  const int fd = descriptor.release();
  EXPECT_FALSE(descriptor);
  EXPECT_TRUE(is_open(fd));
  ::close(fd);
}

TEST(Descriptor, ClosesOnceOnly) {
  Descriptor descriptor(new_fd());
  const int fd = descriptor.get();
  descriptor.reset();
  EXPECT_FALSE(is_open(fd));
  const Descriptor reused(new_fd());
  ASSERT_EQ(reused.get(), fd) << "the lowest number is free again";
  descriptor.reset();
  EXPECT_TRUE(is_open(fd));
}

}  // namespace
}  // namespace hookspool
