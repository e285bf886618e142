#include "receiver/replay.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace hookspool::receiver {
namespace {

/// What can be read, at most 8 KiB at a time as libfcgi does.
std::string read_all(const Descriptor& source) {
  std::string all;
  std::string chunk(8192, '\0');
  ssize_t got = 0;
  while ((got = ::read(source.get(), chunk.data(), chunk.size())) > 0) {
    all.append(chunk, 0, static_cast<std::size_t>(got));
  }
  return all;
}

TEST(Replay, HoldsBytesOfAnySizeAndNothingBehindThem) {
  Replay replay;
  for (const std::size_t size : {1, 400, 4096, 4097, 96 * 1024, 4096, 3}) {
    const std::string bytes(size, static_cast<char>('a' + size % 7));
    EXPECT_EQ(read_all(replay.of(bytes)), bytes) << size;
    replay.was_read_to_the_end();
  }
}

TEST(Replay, KeepsItsDescriptorWhileAllIsRead) {
  Replay replay;
  const Descriptor& source = replay.of("one");
  const int before = source.get();
  read_all(source);
  replay.was_read_to_the_end();
  EXPECT_EQ(replay.of("two").get(), before);
}

TEST(Replay, ForgetsWhatWasNotReadToTheEnd) {
  Replay replay;
  replay.of("of a request that was refused");
  EXPECT_EQ(read_all(replay.of("the next")), "the next");
}

TEST(Replay, GoesOnAfterItsDescriptorWasClosedByAnother) {
  Replay replay;
  ::close(replay.of("broken").release());
  EXPECT_EQ(read_all(replay.of("the next")), "the next");
}

}  // namespace
}  // namespace hookspool::receiver
