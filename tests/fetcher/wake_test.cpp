#include "fetcher/wake.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "spool/layout.h"
#include "support/kept_signal_mask.h"
#include "support/temporary_directory.h"

namespace hookspool::fetcher {
namespace {

bool any_is_readable(const Wake& wake) {
  pollfd descriptors[] = {{wake.descriptors()[0], POLLIN, 0}, {wake.descriptors()[1], POLLIN, 0}};
  return ::poll(descriptors, 2, 0) > 0;
}

class WakeTest : public testing::Test {
 protected:
  void append_to_current() const { std::ofstream(layout_.current(), std::ios::app) << "record\n"; }

  const test::KeptSignalMask mask_;
  test::TemporaryDirectory directory_;
  spool::Layout layout_{directory_.path()};
};

TEST_F(WakeTest, SleepsWhileNothingHappens) {
  Wake wake(layout_);

  EXPECT_FALSE(any_is_readable(wake));
  EXPECT_FALSE(wake.take());
  EXPECT_FALSE(wake.stop_requested());
}

TEST_F(WakeTest, IsWokenByANewSegmentAndByAnAppendToIt) {
  Wake wake(layout_);
  for (int i = 0; i < 2; ++i) {
    append_to_current();
    EXPECT_TRUE(any_is_readable(wake));
    EXPECT_TRUE(wake.take());
    EXPECT_FALSE(any_is_readable(wake)) << "what was taken wakes no more";
  }
}

TEST_F(WakeTest, TellsNotOfWhatTheSealingDoes) {
  append_to_current();
  Wake wake(layout_);

  std::ofstream(layout_.lock());
  std::filesystem::create_directory(layout_.sealed());
  std::filesystem::rename(layout_.current(), layout_.sealed() / "1.segment");

  EXPECT_FALSE(wake.take());
}

TEST_F(WakeTest, IsWokenByTheSignalsThatAskForAnEnd) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    Wake wake(layout_);
    ::raise(signal);

    EXPECT_TRUE(any_is_readable(wake));
    EXPECT_FALSE(wake.take()) << "that is no change of the spool";
    EXPECT_TRUE(wake.stop_requested());
  }
}

TEST_F(WakeTest, KnowsOfAStopBeforeItIsTaken) {
  Wake wake(layout_);
  ::raise(SIGTERM);

  EXPECT_TRUE(wake.stop_requested());
  EXPECT_TRUE(any_is_readable(wake)) << "the signal is still there to wake";
}

TEST_F(WakeTest, LeavesItToThePeriodicScanWhereTheSpoolCannotBeWatched) {
  Wake wake(spool::Layout(directory_ / "missing"));

  EXPECT_FALSE(wake.take());
  EXPECT_FALSE(any_is_readable(wake));
}

}  // namespace
}  // namespace hookspool::fetcher
