#include "store/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

#include "store/athletes.h"
#include "store/temporary_store.h"
#include "support/temporary_directory.h"

namespace hookspool::store {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

std::string pragma(Database& database, const std::string& name) {
  std::string value;
  database.session() << "PRAGMA " + name, soci::into(value);
  return value;
}

int count_of_athletes(Database& database) {
  int count = 0;
  database.session() << "SELECT COUNT(*) FROM athletes", soci::into(count);
  return count;
}

Athlete athlete(std::int64_t id) {
  Athlete athlete;
  athlete.id = event::AthleteId{id};
  athlete.refresh_token = Secret("a-refresh-token");
  athlete.access_token = Secret("an-access-token");
  return athlete;
}

/// What `action` is refused with.
template <typename Action>
StoreError refusal_of(Action action) {
  try {
    action();
  } catch (const StoreError& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was refused";
  return StoreError(ExitCode::kOk, "");
}

TEST(Database, IsReadByNobodyButItsOwner) {
  test::TemporaryStore store;
  Athletes(store.database()).put(athlete(1), {});

  EXPECT_EQ(mode_of(store.path()), 0600U);
  EXPECT_EQ(mode_of(store.path().string() + "-wal"), 0600U);
}

TEST(Database, MakesTheDirectoriesAboveIt) {
  const test::TemporaryDirectory directory;

  const Database database("sqlite:" + (directory / "var/lib/hookspool.db").string());

  EXPECT_TRUE(std::filesystem::exists(directory / "var/lib/hookspool.db"));
}

TEST(Database, KeepsWhatWasCommittedOverAPowerLoss) {
  test::TemporaryStore store;

  constexpr const char* kFull = "2";
  EXPECT_EQ(pragma(store.database(), "journal_mode"), "wal");
  EXPECT_EQ(pragma(store.database(), "synchronous"), kFull);
}

TEST(Database, LeavesNothingOfWhatWasDeletedInTheFile) {
  test::TemporaryStore store;

  EXPECT_EQ(pragma(store.database(), "secure_delete"), "1");
}

TEST(Database, LeavesNothingOfWhatWasDeletedInItsLog) {
  test::TemporaryStore store;
  const std::filesystem::path log = store.path().string() + "-wal";
  Athletes(store.database()).put(athlete(1), {});
  EXPECT_GT(std::filesystem::file_size(log), 0U);
  Database other(store.url());
  {
    const Transaction reading(other);
    EXPECT_FALSE(store.database().empty_log()) << "it waits for nobody";
  }
  {
    const Transaction ours(store.database());
    EXPECT_FALSE(store.database().empty_log());
  }

  EXPECT_TRUE(store.database().empty_log());

  EXPECT_EQ(std::filesystem::file_size(log), 0U);
  EXPECT_EQ(count_of_athletes(store.database()), 1);
}

TEST(Database, KeepsItsContentWhenOpenedAgain) {
  test::TemporaryStore store;
  Athletes(store.database()).put(athlete(1), {});

  Database again(store.url());

  EXPECT_EQ(count_of_athletes(again), 1);
}

TEST(Database, IsMadeOnceByAllWhoOpenItAtTheSameTime) {
  const test::TemporaryDirectory directory;
  const std::string url = "sqlite:" + (directory / "hookspool.db").string();
  {
    std::vector<std::jthread> processes;
    for (int i = 0; i < 8; ++i) {
      processes.emplace_back([&url, i] {
        EXPECT_NO_THROW({
          Database database(url);
          Athletes(database).put(athlete(i + 1), {});
        });
      });
    }
  }
  Database database(url);
  EXPECT_EQ(count_of_athletes(database), 8);
}

TEST(Database, OfANewerVersionIsLeftAlone) {
  test::TemporaryStore store;
  store.database().session() << "PRAGMA user_version = 999";

  const StoreError refusal = refusal_of([&] { Database(store.url()); });

  EXPECT_EQ(refusal.exit_code(), ExitCode::kConfiguration);
  EXPECT_THAT(refusal.what(), HasSubstr(store.path().string()));
  EXPECT_THAT(refusal.what(), HasSubstr("999"));
}

TEST(Database, RefusesAFileThatIsNone) {
  const test::TemporaryDirectory directory;
  const auto path = directory / "notes.txt";
  std::ofstream(path) << std::string(4096, 'x');

  const StoreError refusal = refusal_of([&] { Database("sqlite:" + path.string()); });

  EXPECT_EQ(refusal.exit_code(), ExitCode::kUnavailable);
  EXPECT_THAT(refusal.what(), HasSubstr(path.string()));
}

TEST(Database, SaysWhichFileCannotBeOpened) {
  const StoreError refusal = refusal_of([] { Database("sqlite:/dev/null/hookspool.db"); });

  EXPECT_EQ(refusal.exit_code(), ExitCode::kCannotCreate);
  EXPECT_THAT(refusal.what(), HasSubstr("/dev/null/hookspool.db"));
}

TEST(Database, RefusesAUrlThatItDoesNotKnow) {
  for (const char* url : {"", "sqlite:", "mysql://localhost/hookspool", "/var/lib/hookspool.db"}) {
    const StoreError refusal = refusal_of([url] { const Database database(url); });
    EXPECT_EQ(refusal.exit_code(), ExitCode::kConfiguration) << url;
  }
}

TEST(Database, RefusesForNowWhatAnotherProcessHolds) {
  test::TemporaryStore store;
  const Transaction held(store.database());
  Database other(store.url());
  other.patience().limit(0ms);

  const StoreError refusal = refusal_of([&] { const Transaction transaction(other); });

  EXPECT_EQ(refusal.exit_code(), ExitCode::kTryAgain);
  EXPECT_THAT(refusal.what(), HasSubstr("another process"));
}

TEST(Database, WaitsForAnotherProcess) {
  test::TemporaryStore store;
  auto held = std::make_unique<Transaction>(store.database());
  Database other(store.url());
  const auto let_go = [&held] {
    held.reset();
    return false;
  };
  other.patience().hurry({let_go, 0ms, 0ms});

  Transaction transaction(other);
  transaction.commit();
}

TEST(Database, RefusesForNowWhatTheDiskCannotHold) {
  test::TemporaryStore store;
  store.database().session() << "PRAGMA max_page_count = 1";
  Athlete large = athlete(1);
  large.scope = std::string(1'000'000, 'x');

  const StoreError refusal = refusal_of([&] { Athletes(store.database()).put(large, {}); });

  EXPECT_EQ(refusal.exit_code(), ExitCode::kTryAgain);
  EXPECT_THAT(refusal.what(), HasSubstr("make room"));
  EXPECT_EQ(count_of_athletes(store.database()), 0);
}

TEST(Database, BelongsToTheServiceThoughRootMadeIt) {
  const test::TemporaryDirectory directory;
  struct stat status {};
  constexpr uid_t kService = 12345;
  const bool is_root = ::geteuid() == 0;
  if (is_root) {
    ASSERT_EQ(::chown(directory.path().c_str(), kService, kService), 0);
  }

  const Database database("sqlite:" + (directory / "hookspool.db").string());

  ASSERT_EQ(::stat((directory / "hookspool.db").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, is_root ? kService : ::geteuid());
}

TEST(Database, TellsNoTokenInAMessage) {
  test::TemporaryStore store;
  store.database().session() << "DROP TABLE athletes";

  const StoreError refusal = refusal_of([&] { Athletes(store.database()).put(athlete(1), {}); });

  EXPECT_EQ(refusal.exit_code(), ExitCode::kUnavailable);
  EXPECT_THAT(refusal.what(), HasSubstr("no such table: athletes"));
  EXPECT_THAT(refusal.what(), Not(HasSubstr("token")));
}

/// What the library knows of a failing statement goes on with its values.
TEST(Database, TellsNoTokenWhateverRefusesThem) {
  struct Case {
    const char* fault;
    const char* statement;
  };
  const Case cases[] = {
      {"a constraint",
       "CREATE TRIGGER no BEFORE INSERT ON athletes BEGIN "
       "SELECT RAISE(ABORT, 'constraint failed'); END"},
      {"a full disk", "PRAGMA max_page_count = 1"},
      {"a missing column", "ALTER TABLE athletes DROP COLUMN scope"},
      {"a file that may only be read", "PRAGMA query_only = ON"},
  };
  for (const Case& c : cases) {
    test::TemporaryStore store;
    store.database().session() << c.statement;
    Athlete large = athlete(1);
    large.refresh_token = Secret("s3cr3t" + std::string(1'000'000, 'x'));

    const StoreError refusal = refusal_of([&] { Athletes(store.database()).put(large, {}); });

    EXPECT_THAT(refusal.what(), HasSubstr(store.path().string())) << c.fault;
    EXPECT_THAT(refusal.what(), Not(HasSubstr("s3cr3t"))) << c.fault;
    EXPECT_THAT(refusal.what(), Not(HasSubstr("an-access-token"))) << c.fault;
  }
}

TEST(Transaction, IsRolledBackUnlessCommitted) {
  test::TemporaryStore store;
  {
    const Transaction transaction(store.database());
    Athletes(store.database()).put(athlete(1), {});
  }
  EXPECT_EQ(count_of_athletes(store.database()), 0);
}

TEST(Transaction, InsideAnotherIsCommittedWithIt) {
  test::TemporaryStore store;
  Database other(store.url());
  Transaction outer(store.database());
  {
    Transaction inner(store.database());
    Athletes(store.database()).put(athlete(1), {});
    inner.commit();
  }
  EXPECT_EQ(count_of_athletes(other), 0);
  outer.commit();
  EXPECT_EQ(count_of_athletes(other), 1);
}

TEST(Transaction, IsNotCommittedWhenOneInsideItWasLeft) {
  test::TemporaryStore store;
  {
    Transaction outer(store.database());
    Athletes(store.database()).put(athlete(1), {});
    { const Transaction abandoned(store.database()); }
    EXPECT_THROW(outer.commit(), StoreError);
  }
  EXPECT_EQ(count_of_athletes(store.database()), 0);

  Transaction next(store.database());
  EXPECT_NO_THROW(next.commit());
}

TEST(CommitGroup, CommitsTogetherWhatEndedMeanwhile) {
  test::TemporaryStore store;
  Database other(store.url());
  {
    CommitGroup group(store.database());
    for (const int id : {1, 2}) Athletes(store.database()).put(athlete(id), {});
    EXPECT_EQ(count_of_athletes(other), 0);
    group.commit();
    EXPECT_EQ(count_of_athletes(other), 2);
  }
  Athletes(store.database()).put(athlete(3), {});
  EXPECT_EQ(count_of_athletes(other), 3);
}

TEST(CommitGroup, LetsWhatMustNotWaitGoAtOnce) {
  test::TemporaryStore store;
  Database other(store.url());
  CommitGroup group(store.database());
  Athletes(store.database()).put(athlete(1), {});
  store.database().flush();
  EXPECT_EQ(count_of_athletes(other), 1);
}

TEST(CommitGroup, LosesOnlyThePartThatWasLeft) {
  test::TemporaryStore store;
  Database other(store.url());
  {
    CommitGroup group(store.database());
    Athletes(store.database()).put(athlete(1), {});
    {
      const Transaction abandoned(store.database());
      Athletes(store.database()).put(athlete(2), {});
    }
    Athletes(store.database()).put(athlete(3), {});
    EXPECT_EQ(count_of_athletes(store.database()), 2);
    group.commit();
  }
  EXPECT_EQ(count_of_athletes(other), 2);
}

TEST(CommitGroup, IsThereWhenItsFirstPartWasLeft) {
  test::TemporaryStore store;
  Database other(store.url());
  CommitGroup group(store.database());
  { const Transaction abandoned(store.database()); }
  Athletes(store.database()).put(athlete(1), {});
  group.commit();
  EXPECT_EQ(count_of_athletes(other), 1);
}

/// Whoever noticed may have made do without its own part.
TEST(CommitGroup, SaysThatItWasLost) {
  test::TemporaryStore store;
  CommitGroup group(store.database());
  // It loses nothing of what comes.
  const auto refuse = [&] { store.database().run("INSERT INTO nowhere VALUES (1)"); };
  EXPECT_THROW(store.database().guarded(refuse), StoreError);
  test::make_group_fail(store.database());
  EXPECT_THROW(store.database().flush(), StoreError);

  try {
    group.commit();
    ADD_FAILURE();
  } catch (const StoreError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("FOREIGN KEY")) << "why it was";
  }
}

TEST(CommitGroup, KeepsWhatEndedBeforeAnException) {
  test::TemporaryStore store;
  try {
    const CommitGroup group(store.database());
    Athletes(store.database()).put(athlete(1), {});
    throw std::runtime_error("from elsewhere");
  } catch (const std::runtime_error&) {
  }
  Database other(store.url());
  EXPECT_EQ(count_of_athletes(other), 1);
}

}  // namespace
}  // namespace hookspool::store
