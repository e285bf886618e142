#include "fetcher/holder.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

namespace hookspool::fetcher {
namespace {

/// The holder of a process that has ended, and been waited for.
std::string holder_of_the_dead() {
  std::array<int, 2> pipe{};
  EXPECT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string holder = make_holder();
    [[maybe_unused]] const auto written = ::write(pipe[1], holder.data(), holder.size());
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  std::array<char, 1024> text{};
  const ssize_t got = ::read(pipe[0], text.data(), text.size());
  for (const int fd : pipe) ::close(fd);
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

TEST(Holder, IsTheSameForTheWholeLifeOfAProcess) {
  EXPECT_EQ(make_holder(), make_holder());
}

TEST(Holder, IsNotGoneWhileTheProcessLives) {
  EXPECT_FALSE(is_gone(make_holder()));
}

TEST(Holder, IsGoneWhenTheProcessHasEnded) {
  EXPECT_TRUE(is_gone(holder_of_the_dead()));
}

TEST(Holder, IsGoneWhenItsProcessIdWentToAnother) {
  EXPECT_TRUE(is_gone(make_holder() + "0"));
}

TEST(Holder, OfAnotherMachineOrContainerIsNotKnownToBeGone) {
  EXPECT_FALSE(is_gone("another boot/pid:[4026531836]/1@100"));
  EXPECT_FALSE(is_gone("x" + holder_of_the_dead()));
}

TEST(Holder, ThatMakesNoSenseIsNotKnownToBeGone) {
  const std::string ours = make_holder();
  const std::string here = ours.substr(0, ours.rfind('/') + 1);
  for (const std::string& holder :
       {std::string(), here, here + "12", here + "x@1", here + "-1@1"}) {
    EXPECT_FALSE(is_gone(holder)) << holder;
  }
}

}  // namespace
}  // namespace hookspool::fetcher
