// The power goes between any two of the system calls that the real programs make.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

#include "base/log.h"
#include "power_loss/checker.h"
#include "power_loss/life.h"

namespace hookspool::power_loss {
namespace {

using preload::Kind;
using testing::IsEmpty;

/// `make power-loss` sets it.
bool is_exhaustive() {
  return std::getenv("HOOKSPOOL_POWER_LOSS") != nullptr;
}

class PowerLossTest : public testing::Test {
 protected:
  // Of torn lines that go to quarantine there is no end here.
  PowerLossTest() {
    log::set_sink([](log::Level, std::string_view) {});
  }

  static Extent extent() {
    // Three writes of several pages each have a thousand.
    constexpr Thoroughness kAlmostAll{2'000, SIZE_MAX, 8};
    if (is_exhaustive()) {
      return {.thoroughness = kAlmostAll,
              .threads = std::max(1U, std::thread::hardware_concurrency())};
    }
    constexpr Thoroughness kSome{8, 3, 1};
    return {.thoroughness = kSome, .every = 5};
  }

  /// Of the last calls of a life.
  static Extent of_the_end(const Life& life) {
    constexpr std::size_t kLastCalls = 12;
    const std::size_t all = life.recording.size();
    return {.thoroughness = {16, 8, 2}, .from = all - std::min(all, kLastCalls)};
  }

  static void tell(const char* name, const Life& life, const Report& report) {
    std::cout << "figure: power loss, " << name << ": " << life.acknowledged << " of "
              << life.posted << " events acknowledged, " << report.operations << " operations, "
              << report.states << " states, " << report.restarts << " restarts, "
              << report.by_the_program << " of them by hookspool-fetcher\n";
  }
};

/// The receiver is killed twice, and fetchers in the middle of their work.
Life eventful_life() {
  return fastcgi_life({{Run::kReceiver, "any:KILL:after=25"},
                       {Run::kReceiver, "any:TORN:after=31"},
                       {Run::kReceiver}},
                      {{Run::kFetcherOnce, "any:KILL:after=40"},
                       {Run::kFetcherOnce},
                       {Run::kFetcherOnce, "any:KILL:after=90"},
                       {Run::kFetcherService},
                       {Run::kFetcherService, "any:KILL:after=200"},
                       {Run::kFetcherOnce, "any:TORN:after=60"},
                       {Run::kFetcherOnce}});
}

TEST_F(PowerLossTest, AtAnyMomentOfFastCgiServiceLosesNoAcknowledgedEvent) {
  const Life life = eventful_life();
  ASSERT_GT(life.acknowledged, 60U);

  const Report report = check(life.recording, extent());

  tell("FastCGI", life, report);
  EXPECT_THAT(report.failures, IsEmpty());
  EXPECT_GT(report.restarts, 500U);
}

TEST_F(PowerLossTest, AtAnyMomentOfCgiServiceLosesNoAcknowledgedEvent) {
  const Life life = cgi_life({{Run::kFetcherOnce},
                              {Run::kFetcherOnce, "any:KILL:after=70"},
                              {Run::kFetcherService},
                              {Run::kFetcherOnce}});
  ASSERT_GT(life.acknowledged, 40U);

  const Report report = check(life.recording, extent());

  tell("CGI", life, report);
  EXPECT_THAT(report.failures, IsEmpty());
  EXPECT_GT(report.restarts, 500U);
}

TEST_F(PowerLossTest, AfterAKillOfTheFirstReceiverAtAnyCallLosesNoAcknowledgedEvent) {
  bool killed = true;
  int nth = 1;
  for (; killed; ++nth) {
    SCOPED_TRACE("killed before call " + std::to_string(nth));
    const KilledLife killed_life = receiver_killed_at(nth);
    killed = killed_life.killed;
    ASSERT_EQ(killed_life.life.acknowledged, killed ? 1U : 2U);
    EXPECT_THAT(check(killed_life.life.recording, {kEverySingle}).failures, IsEmpty());
  }
  EXPECT_GT(nth, 10);
}

TEST_F(PowerLossTest, AfterAKillOfTheFirstFetcherAtAnyCallLosesNoAcknowledgedEvent) {
  // Directories are made at the start.
  constexpr int kFirstCalls = 12;
  bool killed = true;
  int nth = 1;
  for (; killed; nth += is_exhaustive() || nth < kFirstCalls ? 1 : 8) {
    SCOPED_TRACE("killed before call " + std::to_string(nth));
    const KilledLife killed_life = fetcher_killed_at(nth);
    killed = killed_life.killed;
    ASSERT_EQ(killed_life.life.acknowledged, 1U);
    // What both did is tried above; here it is what the second did not do, since it was done.
    EXPECT_THAT(check(killed_life.life.recording, of_the_end(killed_life.life)).failures,
                IsEmpty());
  }
  EXPECT_GT(nth, 50);
}

TEST_F(PowerLossTest, SeveralThreadsFindNoLossAfterHalfASeal) {
  const Life life = life_after_half_a_seal();
  ASSERT_EQ(life.acknowledged, 2U);

  Extent extent = of_the_end(life);
  extent.threads = 4;
  EXPECT_THAT(check(life.recording, extent).failures, IsEmpty());
}

/// The recording without those of the calls, of which there must be some.
Recording without(const Recording& recording, Kind kind, const std::string& path) {
  Recording others = recording;
  std::erase_if(others, [&](const Operation& operation) {
    return operation.kind == kind && operation.path == path;
  });
  EXPECT_LT(others.size(), recording.size()) << "the programs make this call";
  return others;
}

TEST_F(PowerLossTest, AfterHalfASealTakesTheFirstEventIfTheReceiverDoesNotSync) {
  const Life life = life_after_half_a_seal();
  const Recording recording = without(life.recording, Kind::kSyncEntries, "spool/sealed");

  EXPECT_THAT(check(recording, of_the_end(life)).failures,
              testing::Contains(testing::HasSubstr("acknowledged and lost: 1")));
}

struct Omission {
  const char* name;
  Kind kind;
  const char* path;
};

class Omitted : public PowerLossTest, public testing::WithParamInterface<Omission> {};

/// What is found here if a program does not sync is a measure of what all the others prove.
TEST_P(Omitted, SyncIsNoticed) {
  const Life life = fastcgi_life({{Run::kReceiver}}, {{Run::kFetcherOnce}, {Run::kFetcherOnce}});
  const Recording recording = without(life.recording, GetParam().kind, GetParam().path);

  const Report report =
      check(recording, {.thoroughness = {16, 8, 2}, .program_every = 1'000, .most_failures = 1});

  EXPECT_THAT(report.failures, testing::Contains(testing::HasSubstr("acknowledged and lost")));
}

INSTANTIATE_TEST_SUITE_P(
    EachOne, Omitted,
    testing::Values(Omission{"OfTheSegment", Kind::kSync, "spool/current"},
                    Omission{"OfTheSegmentsEntry", Kind::kSyncEntries, "spool"},
                    Omission{"OfTheDirectories", Kind::kSyncEntries, ""},
                    Omission{"OfTheStoresLog", Kind::kSync, "store/hookspool.db-wal"},
                    Omission{"OfTheStoresEntries", Kind::kSyncEntries, "store"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace hookspool::power_loss
