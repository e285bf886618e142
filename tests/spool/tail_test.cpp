#include "spool/tail.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/temporary_directory.h"

namespace hookspool::spool {
namespace {

class TailTest : public testing::Test {
 protected:
  TailTest() { std::filesystem::create_directories(layout_.sealed()); }

  static void write(const std::filesystem::path& file, const std::string& content) {
    std::ofstream(file) << content;
  }

  const test::TemporaryDirectory directory_;
  const Layout layout_{directory_ / "spool"};
};

TEST_F(TailTest, FindsWhatWasJustAppended) {
  write(layout_.current(), std::string(1024 * 1024, 'x') + "the-marker\n");

  EXPECT_TRUE(newest_records_hold(layout_, "the-marker"));
  EXPECT_FALSE(newest_records_hold(layout_, "another"));
}

TEST_F(TailTest, FindsWhatWasJustSealed) {
  write(layout_.sealed() / "00000000000000000001.segment", "older");
  write(layout_.sealed() / "00000000000000000002.segment", "the-marker");

  EXPECT_TRUE(newest_records_hold(layout_, "the-marker"));
}

TEST_F(TailTest, FindsNothingWhereThereIsNoSpool) {
  EXPECT_FALSE(newest_records_hold(Layout("/nonexistent"), "x"));
}

}  // namespace
}  // namespace hookspool::spool
