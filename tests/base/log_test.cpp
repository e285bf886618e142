#include "base/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace hookspool::log {
namespace {

TEST(Log, WritesALineToStandardErrorWithTheLevelInFront) {
  testing::internal::CaptureStderr();
  info("the spool works again refused=3");
  warning("look out");
  error("it broke");

  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "hookspool: info: the spool works again refused=3\n"
            "hookspool: warning: look out\n"
            "hookspool: error: it broke\n");
}

TEST(Log, DropsWhatIsBelowItsLevel) {
  testing::internal::CaptureStderr();
  debug("not by default");
  set_level(Level::kError);
  warning("not now");
  error("always");
  set_level(Level::kDebug);
  debug("on request");
  set_level(Level::kInfo);

  EXPECT_EQ(testing::internal::GetCapturedStderr(),
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
    const std::string text = line.substr(std::string("hookspool: info: ").size());
    ASSERT_EQ(text.size(), 200U);
    ASSERT_EQ(std::count(text.begin(), text.end(), text.front()), 200);
  }
  EXPECT_EQ(count, 400);
}

}  // namespace
}  // namespace hookspool::log
