#include "spool/seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_content.h"
#include "support/failing_file_system.h"
#include "support/fake_clock.h"
#include "support/temporary_directory.h"

namespace hookspool::spool {
namespace {

using test::FailingFileSystem;
using test::FakeClock;
using test::TemporaryDirectory;
using testing::ElementsAre;

class SealTest : public testing::Test {
 protected:
  void write_current(const std::string& content) const {
    std::filesystem::create_directories(layout_.root());
    std::ofstream(layout_.current()) << content;
  }

  void seal() { seal_current(real_file_system(), layout_, clock_.now()); }

  std::vector<std::string> sealed() const { return real_file_system().list(layout_.sealed()); }

  const TemporaryDirectory directory_;
  const Layout layout_{directory_ / "spool"};
  FakeClock clock_{Timestamp(std::chrono::microseconds(1'234'567))};
};

TEST_F(SealTest, MovesTheSegmentUnderTheTimeInMicroseconds) {
  write_current("one");
  seal();

  EXPECT_THAT(sealed(), ElementsAre("00000000000001234567.segment"));
  EXPECT_EQ(read_file(layout_.sealed() / sealed().front()), "one");
  EXPECT_FALSE(std::filesystem::exists(layout_.current()));
}

TEST_F(SealTest, KeepsTheOrderWhenTheClockStandsStillOrGoesBack) {
  std::vector<std::string> contents;
  for (int i = 0; i < 15; ++i) {
    contents.push_back(std::to_string(i));
    write_current(contents.back());
    seal();
    if (i > 5) clock_.advance(std::chrono::seconds(-1));
  }
  std::vector<std::string> in_order;
  for (const std::string& name : sealed()) in_order.push_back(read_file(layout_.sealed() / name));

  EXPECT_EQ(in_order, contents) << "and no segment took another's place";
}

TEST_F(SealTest, IsNotConfusedByWhatElseLiesThere) {
  std::filesystem::create_directories(layout_.sealed());
  for (const char* name :
       {"18446744073709551615.segment", "99999999999999999999.segment", "README", "5",
        "00000000000009999999", "00000000000008888888.segment.old", ".hidden", "-1.segment"}) {
    std::ofstream(layout_.sealed() / name) << "alien";
  }
  write_current("ours");
  seal();
  std::size_t found = 0;
  for (const std::string& name : sealed()) {
    if (read_file(layout_.sealed() / name) == "ours") ++found;
  }
  EXPECT_EQ(found, 1U);
  EXPECT_EQ(sealed().size(), 9U) << "nothing was overwritten";
}

TEST_F(SealTest, MakesBothDirectoriesDurableAfterTheRename) {
  write_current("one");
  std::vector<std::string> calls;
  FailingFileSystem files([&](const std::string& call, int) {
    calls.push_back(call);
    return 0;
  });
  seal_current(files, layout_, clock_.now());

  EXPECT_THAT(calls,
              ElementsAre("make_directory", "list", "rename", "sync_directory", "sync_directory"));
}

TEST_F(SealTest, LeavesTheSegmentUnderOneOfItsNamesWhicheverCallFails) {
  for (int failing = 1; failing <= 5; ++failing) {
    std::filesystem::remove_all(layout_.root());
    write_current("one");
    FailingFileSystem files(
        [&](const std::string&, int number) { return number == failing ? EIO : 0; });
    EXPECT_THROW(seal_current(files, layout_, clock_.now()), SystemError) << failing;

    const bool still_current = std::filesystem::exists(layout_.current());
    EXPECT_EQ(sealed().size() + (still_current ? 1 : 0), 1U) << failing;
    EXPECT_EQ(still_current, failing <= 3) << failing;
  }
}

TEST_F(SealTest, NeedsACurrentSegment) {
  std::filesystem::create_directories(layout_.root());
  EXPECT_THROW(seal(), SystemError);
}

}  // namespace
}  // namespace hookspool::spool
