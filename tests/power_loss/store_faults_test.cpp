// hookspool-fetcher as it was built, killed or without room on its disk at each call that it makes
// while it migrates its store or takes events into it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "fetcher/spooled_events.h"
#include "power_loss/recording.h"
#include "power_loss/restart.h"
#include "power_loss/watched_program.h"
#include "store/database.h"
#include "store/events.h"
#include "store/schema.h"
#include "support/program_run.h"
#include "support/temporary_directory.h"

namespace hookspool::power_loss {
namespace {

constexpr int kKilled = 128 + SIGKILL;
constexpr int kJobsWait = 75;

struct Fault {
  const char* name;
  const char* rule;  ///< without "after"
};

const std::vector<Fault> kFaults{{"Kill", "any:KILL"},
                                 {"TornWrite", "any:TORN"},
                                 {"FullDisk", "any:ENOSPC"},
                                 {"OneError", "any:EIO:times=1"}};

int newest_version() {
  return static_cast<int>(store::migrations().size());
}

/// A fetcher's spool and store.
class Host {
 public:
  Host() {
    std::filesystem::create_directories(store().parent_path());
    write_configuration(directory_ / "hookspool.toml", disk());
  }

  std::filesystem::path store() const { return disk() / "store/hookspool.db"; }
  std::string url() const { return "sqlite:" + store().string(); }

  /// The store as that version of the schema had it, with an event in it.
  void make_store_of(int version) const {
    soci::session session(soci::sqlite3, "dbname=\"" + store().string() + "\"");
    session << "PRAGMA journal_mode = WAL";
    for (int i = 0; i < version; ++i) {
      for (const char* statement : store::migrations()[static_cast<std::size_t>(i)]) {
        session << statement;
      }
    }
    session << "PRAGMA user_version = " + std::to_string(version);
    if (version == 0) return;
    // Of today, since old ones are forgotten.
    const std::int64_t now = SystemClock().now().time_since_epoch().count();
    session << "INSERT INTO events VALUES ('a', " + std::to_string(now) +
                   ", 'activity.create', 'activity', 1, 1, 1, '', '')";
  }

  void spool(std::int64_t id) const {
    const SystemClock clock;
    test::spool_body(spool::Layout(disk() / "spool"), clock.now(),
                     test::event_body("activity", id, "create",
                                      std::chrono::floor<std::chrono::seconds>(clock.now())));
  }

  test::ProgramRun fetch(const std::string& faults = "") const {
    std::filesystem::remove(record());
    return test::run_program({test::built_program("hookspool-fetcher"), "--config",
                              directory_ / "hookspool.toml", "--once"},
                             "", environment_of({disk(), record(), faults}));
  }

  /// How many calls the last fetcher made that changed files.
  int calls() const {
    return static_cast<int>(std::ranges::count_if(
        read_recording(record(), disk()),
        [](const Operation& operation) { return operation.kind != preload::Kind::kAnswer; }));
  }

  /// The object ids of all events, sound or not; fails the test if the database is damaged.
  std::vector<std::int64_t> events() const {
    store::Database database(url());
    std::string verdict;
    database.session() << "PRAGMA integrity_check", soci::into(verdict);
    EXPECT_EQ(verdict, "ok");
    int version = 0;
    database.session() << "PRAGMA user_version", soci::into(version);
    EXPECT_EQ(version, newest_version());
    std::vector<std::int64_t> ids;
    for (const auto& event : store::Events(database).list({})) {
      ids.push_back(event.event.object_id);
    }
    return ids;
  }

 private:
  std::filesystem::path disk() const { return directory_ / "disk"; }
  std::filesystem::path record() const { return directory_ / "record"; }

  // In memory, where the many syncs cost nothing.
  test::TemporaryDirectory directory_{"/dev/shm"};
};

std::string rule(const Fault& fault, int nth) {
  return fault.rule + (":after=" + std::to_string(nth - 1));
}

struct Attempted {
  bool has_struck;
  int calls;
};

/// Calls `attempt` with no rule, which says how many calls there are, and then with one that
/// strikes at the n-th, for more and more n, until there are no more. Not every n is tried unless
/// all are asked for.
template <typename Attempt>
void at_each_call(const Fault& fault, Attempt attempt) {
  const int step = std::getenv("HOOKSPOOL_POWER_LOSS") == nullptr ? 5 : 1;
  int struck = 0;
  bool strikes = true;
  constexpr int kFirst = 2;
  const int calls = attempt("").calls;
  // Calls that change nothing, as making a directory that is there, are counted by rules only.
  for (int nth = kFirst; nth <= calls || strikes; nth += step) {
    SCOPED_TRACE(rule(fault, nth));
    strikes = attempt(rule(fault, nth)).has_struck;
    // A write of one byte cannot be torn, and an error may be of no consequence.
    struck += strikes ? 1 : 0;
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(calls, 15);
  EXPECT_GT(struck, 3) << "of " << calls << " calls";
}

/// Whether the fault was felt. It must not be by a crash of the program's own.
bool has_struck(const test::ProgramRun& run) {
  EXPECT_TRUE(run.exit_code == kKilled || run.exit_code < 128) << run.exit_code << run.errors;
  const auto complains = [&run](const char* of) {
    return run.errors.find(of) != std::string::npos;
  };
  return run.exit_code == kKilled || complains("cannot ") || complains(" refused: ");
}

class MigrationFault : public testing::TestWithParam<std::tuple<int, Fault>> {};

TEST_P(MigrationFault, LeavesAStoreThatOpensAndHoldsWhatItHeld) {
  const auto& [version, fault] = GetParam();
  at_each_call(fault, [version = version](const std::string& rule) {
    const Host host;
    host.make_store_of(version);
    const test::ProgramRun run = host.fetch(rule);
    const int calls = host.calls();
    const test::ProgramRun next = host.fetch();
    EXPECT_TRUE(next.exit_code == 0 || next.exit_code == kJobsWait) << next.errors;
    EXPECT_EQ(host.events().size(), version == 0 ? 0U : 1U);
    return Attempted{has_struck(run), calls};
  });
}

INSTANTIATE_TEST_SUITE_P(OfEveryVersion, MigrationFault,
                         testing::Combine(testing::Range(0, newest_version()),
                                          testing::ValuesIn(kFaults)),
                         [](const auto& info) {
                           return "From" + std::to_string(std::get<int>(info.param)) +
                                  std::get<Fault>(info.param).name;
                         });

TEST(Migration, BringsAStoreOfEveryVersionUpToDate) {
  for (int version = 1; version <= newest_version(); ++version) {
    const Host host;
    host.make_store_of(version);

    EXPECT_EQ(host.fetch().exit_code, 0) << version;
    EXPECT_THAT(host.events(), testing::ElementsAre(1)) << version;
  }
}

class IngestFault : public testing::TestWithParam<Fault> {};

TEST_P(IngestFault, LosesNoEventAndDoublesNone) {
  at_each_call(GetParam(), [](const std::string& rule) {
    const Host host;
    host.spool(1);
    host.fetch();
    for (const std::int64_t id : {2, 3, 4, 5}) host.spool(id);
    const test::ProgramRun run = host.fetch(rule);
    const int calls = host.calls();
    host.spool(6);
    host.fetch();
    EXPECT_THAT(host.events(), testing::UnorderedElementsAre(1, 2, 3, 4, 5, 6));
    return Attempted{has_struck(run), calls};
  });
}

INSTANTIATE_TEST_SUITE_P(EveryFault, IngestFault, testing::ValuesIn(kFaults),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace hookspool::power_loss
