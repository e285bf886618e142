#include "fetcher/process.h"

#include <gtest/gtest.h>

#include <csignal>
#include <optional>

#include "store/temporary_store.h"
#include "support/fake_clock.h"
#include "support/kept_signal_mask.h"
#include "support/scripted_transport.h"
#include "support/temporary_directory.h"

namespace hookspool::fetcher {
namespace {

/// A service manager kills after a while, which costs tokens.
TEST(Process, HurriesWithTheStoreFromAStopOn) {
  const test::KeptSignalMask mask;
  const test::TemporaryDirectory directory;
  test::TemporaryStore store;
  test::ScriptedTransport transport;
  const test::FakeClock clock;
  Process::Settings settings;
  settings.spool = directory / "spool";
  std::optional<Process> process(std::in_place, settings, store.database(), transport, clock);
  EXPECT_FALSE(store.database().patience().hurries());

  ::raise(SIGTERM);
  EXPECT_TRUE(store.database().patience().hurries());

  process.reset();
  EXPECT_FALSE(store.database().patience().hurries());
}

}  // namespace
}  // namespace hookspool::fetcher
