// hookspool-fetcher as it was built, killed or without room on its disk at each call that it makes
// while it migrates its store or takes events into it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "power_loss/faults.h"
#include "power_loss/fetcher_host.h"
#include "store/database.h"
#include "store/events.h"
#include "store/schema.h"

namespace hookspool::power_loss {
namespace {

constexpr int kJobsWait = 75;

int newest_version() {
  return static_cast<int>(store::migrations().size());
}

/// Not every call is tried unless all are asked for.
constexpr int kStep = 5;

class Host : public FetcherHost {
 public:
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
    session << "INSERT INTO events (record_id, received_us, kind, object_type, object_id, owner_id,"
               " event_at, body, signature) VALUES ('a', " +
                   std::to_string(now) + ", 'activity.create', 'activity', 1, 1, 1, '', '')";
  }

  /// The object ids of all events; fails the test if the store is not sound, or not up to date.
  std::vector<std::int64_t> events() const {
    expect_sound_store();
    soci::session session(soci::sqlite3, "dbname=\"" + store().string() + "\"");
    int version = 0;
    session << "PRAGMA user_version", soci::into(version);
    EXPECT_EQ(version, newest_version());
    store::Database database(store_url());
    std::vector<std::int64_t> ids;
    for (const auto& event : store::Events(database).list({})) {
      ids.push_back(event.event.object_id);
    }
    return ids;
  }
};

class MigrationFault : public testing::TestWithParam<std::tuple<int, Fault>> {};

TEST_P(MigrationFault, LeavesAStoreThatOpensAndHoldsWhatItHeld) {
  const auto& [version, fault] = GetParam();
  at_each_call(fault, kStep, [version = version](const std::string& rule) {
    const Host host;
    host.make_store_of(version);
    const test::ProgramRun run = host.fetch(rule);
    const int calls = host.calls();
    host.expect_sound_store();
    const test::ProgramRun next = host.fetch();
    EXPECT_TRUE(next.exit_code == 0 || next.exit_code == kJobsWait) << next.errors;
    EXPECT_FALSE(has_struck(next)) << next.errors;
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
  at_each_call(GetParam(), kStep, [](const std::string& rule) {
    const Host host;
    host.spool("activity", 1, "create");
    host.fetch();
    for (const std::int64_t id : {2, 3, 4, 5}) host.spool("activity", id, "create");
    const test::ProgramRun run = host.fetch(rule);
    const int calls = host.calls();
    host.expect_sound_store();
    host.spool("activity", 6, "create");
    const test::ProgramRun next = host.fetch();
    EXPECT_FALSE(has_struck(next)) << next.errors;
    EXPECT_THAT(host.events(), testing::UnorderedElementsAre(1, 2, 3, 4, 5, 6));
    return Attempted{has_struck(run), calls};
  });
}

INSTANTIATE_TEST_SUITE_P(EveryFault, IngestFault, testing::ValuesIn(kFaults),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace hookspool::power_loss
