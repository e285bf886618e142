#include "base/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/descriptor.h"

namespace hookspool::log {
namespace {

/// What `write` logs where standard error is a pipe, as the journal's is.
template <typename Write>
std::string piped(Write write) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  const Descriptor reading(ends[0]);
  const Descriptor before(::dup(STDERR_FILENO));
  ::dup2(ends[1], STDERR_FILENO);
  ::close(ends[1]);
  write();
  ::dup2(before.get(), STDERR_FILENO);
  std::string text(4096, '\0');
  text.resize(static_cast<std::size_t>(::read(reading.get(), text.data(), text.size())));
  return text;
}

TEST(Log, WritesALineToStandardErrorWithTheLevelInFront) {
  EXPECT_EQ(piped([] {
              info("the spool works again refused=3");
              warning("look out");
              error("it broke");
            }),
            "hookspool: info: the spool works again refused=3\n"
            "hookspool: warning: look out\n"
            "hookspool: error: it broke\n");
}

TEST(Log, LosesLinesRatherThanWaitForAReader) {
  const std::string text = piped([] {
    constexpr int kMoreThanAPipeHolds = 5000;
    for (int i = 0; i < kMoreThanAPipeHolds; ++i) error("it broke");
  });
  EXPECT_TRUE(text.starts_with("hookspool: error: it broke\n"));
}

/// Where nobody else notes it.
TEST(Log, WritesTheTimeIntoAFile) {
  testing::internal::CaptureStderr();
  error("it broke");
  error("again");

  EXPECT_TRUE(std::regex_match(testing::internal::GetCapturedStderr(),
                               std::regex("(20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ "
                                          "hookspool: error: (it broke|again)\n){2}")));
}

TEST(Log, DropsWhatIsBelowItsLevel) {
  EXPECT_EQ(piped([] {
              debug("not by default");
              set_level(Level::kError);
              warning("not now");
              error("always");
              set_level(Level::kDebug);
              debug("on request");
              set_level(Level::kInfo);
            }),
            "hookspool: error: always\nhookspool: debug: on request\n");
}

TEST(Log, MixesNoLinesOfSeveralThreads) {
  testing::internal::CaptureStderr();
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([thread] {
        const std::string line(200, static_cast<char>('a' + thread));
        for (int i = 0; i < 100; ++i) info(line);
      });
    }
  }
  std::istringstream lines(testing::internal::GetCapturedStderr());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const std::string text = line.substr(line.find(" info: ") + std::string(" info: ").size());
    ASSERT_EQ(text.size(), 200U);
    ASSERT_EQ(std::count(text.begin(), text.end(), text.front()), 200);
  }
  EXPECT_EQ(count, 400);
}

}  // namespace
}  // namespace hookspool::log
