#include "spool/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/file_content.h"
#include "spool/reader.h"
#include "spool/record.h"
#include "support/failing_file_system.h"
#include "support/fake_clock.h"
#include "support/memory_file_system.h"
#include "support/temporary_directory.h"

namespace hookspool::spool {
namespace {

using test::FailingFileSystem;
using test::FakeClock;
using test::MemoryFileSystem;
using test::TemporaryDirectory;

std::string line_of(const std::string& id) {
  return encode({Timestamp{}, id, R"({"object_id":)" + id + "}", ""});
}

/// What a spool holds, sealed segments and the current one, by record id and how often.
struct Contents {
  std::map<std::string, int> records;
  std::size_t quarantined = 0;
};

Contents read_all(const std::filesystem::path& spool, FileSystem& files) {
  const FakeClock clock;
  Reader reader(spool, files, clock);
  reader.seal();
  Contents contents;
  for (const auto& segment : reader.sealed_segments()) {
    const auto count = [&](const std::vector<Record>& batch) {
      for (const Record& record : batch) ++contents.records[record.id];
    };
    contents.quarantined += reader.read(segment, 100, count).quarantined;
  }
  return contents;
}

bool holds_all(const Contents& contents, const std::vector<std::string>& ids) {
  return std::all_of(ids.begin(), ids.end(),
                     [&](const std::string& id) { return contents.records.contains(id); });
}

TEST(Journal, KeepsWhatItTookForAReader) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  Journal journal(real_file_system(), clock, Layout(directory / "spool"));
  journal.append(line_of("1"));
  journal.append(line_of("2") + line_of("3"));

  const Contents contents = read_all(directory / "spool", real_file_system());

  EXPECT_EQ(contents.records, (std::map<std::string, int>{{"1", 1}, {"2", 1}, {"3", 1}}));
  EXPECT_EQ(contents.quarantined, 0U);
}

TEST(Journal, GoesOnInANewSegmentAfterASeal) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  Journal journal(real_file_system(), clock, Layout(directory / "spool"));
  Reader reader(directory / "spool", real_file_system(), clock);
  journal.append(line_of("1"));
  ASSERT_TRUE(reader.seal());
  journal.append(line_of("2"));
  ASSERT_TRUE(reader.seal());

  EXPECT_EQ(reader.sealed_segments().size(), 2U);
  EXPECT_FALSE(reader.seal()) << "there is nothing new to seal";
}

TEST(Journal, IsolatesATornRecordBeforeItAppends) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  std::filesystem::create_directories(directory / "spool");
  const std::string torn = line_of("1").substr(0, 20);
  std::ofstream(directory / "spool/current") << line_of("0") << torn;
  Journal journal(real_file_system(), clock, Layout(directory / "spool"));
  journal.append(line_of("2"));

  const Contents contents = read_all(directory / "spool", real_file_system());

  EXPECT_EQ(contents.records, (std::map<std::string, int>{{"0", 1}, {"2", 1}}));
  EXPECT_EQ(contents.quarantined, 1U);
  std::string kept;
  for (const auto& entry : std::filesystem::directory_iterator(directory / "spool/quarantine")) {
    kept = read_file(entry.path());
  }
  EXPECT_EQ(kept, torn + "\n");
}

TEST(Journal, WorksOnAfterTheSpoolDirectoryWasRemovedAndMadeAgain) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  Journal journal(real_file_system(), clock, Layout(directory / "spool"));
  journal.append(line_of("1"));
  std::filesystem::remove_all(directory / "spool");
  journal.append(line_of("2"));

  EXPECT_EQ(read_all(directory / "spool", real_file_system()).records,
            (std::map<std::string, int>{{"2", 1}}));
}

TEST(Journal, CutsAShortWriteOff) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  FailingFileSystem files(
      [](const std::string& call, int) { return call == "write" ? ENOSPC : 0; });
  files.tear_writes(true);
  Journal journal(files, clock, Layout(directory / "spool"));
  EXPECT_THROW(journal.append(line_of("1")), SpoolUnavailable);

  EXPECT_EQ(std::filesystem::file_size(directory / "spool/current"), 0U);
}

TEST(Journal, SealsTheSegmentWhenFdatasyncFails) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  bool broken = true;
  FailingFileSystem files(
      [&](const std::string& call, int) { return broken && call == "fdatasync" ? EIO : 0; });
  Journal journal(files, clock, Layout(directory / "spool"));
  EXPECT_THROW(journal.append(line_of("1")), SpoolUnavailable);
  EXPECT_FALSE(std::filesystem::exists(directory / "spool/current"));
  Reader reader(directory / "spool", real_file_system(), clock);
  EXPECT_EQ(reader.sealed_segments().size(), 1U);

  broken = false;
  journal.append(line_of("2"));
  EXPECT_TRUE(holds_all(read_all(directory / "spool", real_file_system()), {"2"}));
}

TEST(Journal, TrustsASegmentWhoseFdatasyncFailedNoMoreEvenIfItCouldNotBeSealed) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  bool broken = true;
  FailingFileSystem files([&](const std::string& call, int) {
    return broken && (call == "fdatasync" || call == "rename") ? EIO : 0;
  });
  Journal journal(files, clock, Layout(directory / "spool"));
  EXPECT_THROW(journal.append(line_of("1")), SpoolUnavailable);
  EXPECT_TRUE(std::filesystem::exists(directory / "spool/current"));
  EXPECT_THROW(journal.append(line_of("2")), SpoolUnavailable) << "it is still not sealed";

  broken = false;
  journal.append(line_of("3"));
  Reader reader(directory / "spool", real_file_system(), clock);
  EXPECT_EQ(reader.sealed_segments().size(), 1U) << "sealed before the next record was written";
  EXPECT_EQ(read_file(directory / "spool/current"), line_of("3"));
}

/// After a failed fdatasync the kernel takes the pages for clean, and a descriptor that is opened
/// then is told of no error.
TEST(Journal, KeepsWhatOthersAppendBetweenAFailedFdatasyncAndTheSeal) {
  MemoryFileSystem files;
  const FakeClock clock;
  Journal failing(files, clock, Layout("/spool"));
  Journal other(files, clock, Layout("/spool"));
  failing.append(line_of("1"));
  files.fail_next_sync([&] { other.append(line_of("3")); });
  EXPECT_THROW(failing.append(line_of("2")), SpoolUnavailable);
  files.restart({MemoryFileSystem::Entries::kAll, MemoryFileSystem::Data::kAll});

  const Contents contents = read_all("/spool", files);
  EXPECT_EQ(contents.records, (std::map<std::string, int>{{"1", 1}, {"3", 1}}));
  EXPECT_EQ(contents.quarantined, 1U) << "what stands where the second was";
}

TEST(Journal, BeginsOnALineOfItsOwnWhereOthersHaveWritten) {
  const TemporaryDirectory directory;
  const FakeClock clock;
  Journal(real_file_system(), clock, Layout(directory / "spool")).append(line_of("1"));
  bool broken = true;
  FailingFileSystem files(
      [&](const std::string& call, int) { return broken && call == "write" ? ENOSPC : 0; });
  Journal second(files, clock, Layout(directory / "spool"));
  EXPECT_THROW(second.append(line_of("2")), SpoolUnavailable);
  broken = false;
  second.append(line_of("3"));
  second.append(line_of("4"));

  EXPECT_EQ(read_file(directory / "spool/current"),
            line_of("1") + "\n" + line_of("3") + line_of("4"));
}

/// A receiver's and a fetcher's life in small: two journals that take turns, and seals in between.
/// The ids of its records begin with `life`. What was acknowledged is reported through
/// `acknowledged`, so that it is known also when the run ends in the middle.
void live(FileSystem& files, const std::filesystem::path& spool, const std::string& life,
          std::vector<std::string>& acknowledged) {
  FakeClock clock;
  Journal first(files, clock, Layout(spool));
  Journal second(files, clock, Layout(spool));
  Reader reader(spool, files, clock);
  const auto append = [&](Journal& journal, const std::string& number) {
    const std::string id = life + number;
    try {
      journal.append(line_of(id));
      acknowledged.push_back(id);
    } catch (const SpoolUnavailable&) {
      // Answered with 503; Strava repeats it.
    }
  };
  const auto seal = [&] {
    try {
      reader.seal();
    } catch (const SystemError&) {
      // The fetcher tries again at its next pass.
    }
  };
  append(first, "10");
  append(second, "20");
  append(first, "11");
  seal();
  append(second, "21");
  append(first, "12");
  seal();
  seal();
  append(first, "13");
  append(second, "22");
}

const std::set<std::string> kNumbers{"10", "11", "12", "13", "20", "21", "22"};

struct Fault {
  const char* name;
  int how_many;  ///< calls in a row that fail
  bool tear;     ///< a write that fails has written half
  int error_number;
};

class JournalFault : public testing::TestWithParam<Fault> {};

TEST_P(JournalFault, LosesNothingAcknowledgedAndWorksAgainWhicheverCallFails) {
  const Fault fault = GetParam();
  int first_failing = 1;
  int calls = 0;
  do {
    SCOPED_TRACE("call " + std::to_string(first_failing));
    const TemporaryDirectory directory;
    FailingFileSystem files([&](const std::string&, int number) {
      const bool fails = number >= first_failing && number < first_failing + fault.how_many;
      return fails ? fault.error_number : 0;
    });
    files.tear_writes(fault.tear);
    std::vector<std::string> acknowledged;
    live(files, directory / "spool", "1", acknowledged);
    calls = files.calls();

    files.stop_failing();
    std::vector<std::string> afterwards;
    live(files, directory / "spool", "2", afterwards);
    EXPECT_EQ(afterwards.size(), kNumbers.size()) << "normal work again, without a restart";

    const Contents contents = read_all(directory / "spool", real_file_system());
    ASSERT_TRUE(holds_all(contents, acknowledged));
    ASSERT_TRUE(holds_all(contents, afterwards));
    for (const auto& [id, times] : contents.records) {
      EXPECT_EQ(times, 1) << id;
      EXPECT_THAT(kNumbers, testing::Contains(id.substr(1))) << "a torn record was read as good";
    }
  } while (++first_failing <= calls);
  EXPECT_GT(calls, 50) << "the run is long enough to mean something";
}

INSTANTIATE_TEST_SUITE_P(EveryCall, JournalFault,
                         testing::Values(Fault{"OneCallFails", 1, false, EIO},
                                         Fault{"TwoCallsFail", 2, false, EIO},
                                         Fault{"OneTornWrite", 1, true, ENOSPC},
                                         Fault{"TornWriteThatCannotBeCutOff", 2, true, ENOSPC},
                                         Fault{"FiveCallsFail", 5, true, EDQUOT},
                                         Fault{"ReadOnlyForAWhile", 20, false, EROFS}),
                         [](const auto& info) { return info.param.name; });

class JournalAnswers : public testing::TestWithParam<const char*> {};

/// Of one kind of call the n-th fails, for every n: the append that needed it is refused, and every
/// other one is taken.
TEST_P(JournalAnswers, RefusesExactlyTheRecordThatTheCallWasFor) {
  const std::string failing_call = GetParam();
  int nth = 1;
  int seen = 0;
  do {
    SCOPED_TRACE(failing_call + " " + std::to_string(nth));
    const TemporaryDirectory directory;
    seen = 0;
    FailingFileSystem files([&](const std::string& call, int) {
      return call == failing_call && ++seen == nth ? EIO : 0;
    });
    std::vector<std::string> acknowledged;
    live(files, directory / "spool", "1", acknowledged);
    const bool for_a_seal = acknowledged.size() == kNumbers.size();
    EXPECT_TRUE(for_a_seal || acknowledged.size() == 6) << acknowledged.size();
    EXPECT_TRUE(holds_all(read_all(directory / "spool", real_file_system()), acknowledged));
  } while (++nth <= seen);
  EXPECT_GE(nth, 3) << "the run makes this call";
}

INSTANTIATE_TEST_SUITE_P(EveryKind, JournalAnswers,
                         testing::Values("open", "write", "fdatasync", "rename", "sync_directory"),
                         [](const auto& info) { return std::string(info.param); });

class PowerLoss
    : public testing::TestWithParam<std::tuple<MemoryFileSystem::Entries, MemoryFileSystem::Data>> {
};

TEST_P(PowerLoss, AtAnyCallLosesNoAcknowledgedRecord) {
  const auto [entries, data] = GetParam();
  int at = 1;
  bool finished = false;
  for (; !finished; ++at) {
    SCOPED_TRACE("power lost at call " + std::to_string(at));
    MemoryFileSystem files;
    files.lose_power_at(at);
    std::vector<std::string> acknowledged;
    try {
      live(files, "/spool", "1", acknowledged);
      finished = true;
    } catch (const test::PowerLost&) {
    }
    files.restart({entries, data});

    std::vector<std::string> afterwards;
    live(files, "/spool", "2", afterwards);
    EXPECT_EQ(afterwards.size(), kNumbers.size()) << "no repair step is needed";
    ASSERT_TRUE(holds_all(read_all("/spool", files), acknowledged));
  }
  EXPECT_GT(at, 50);
}

/// A kill leaves the files as programs see them, synced or not; a later power loss does not.
TEST_P(PowerLoss, AfterAKillAtAnyCallLosesNoAcknowledgedRecord) {
  const auto [entries, data] = GetParam();
  bool never_killed = false;
  for (int killed_at = 1; !never_killed; ++killed_at) {
    bool power_lasted = false;
    for (int more_calls = 1; !power_lasted; ++more_calls) {
      SCOPED_TRACE("killed at call " + std::to_string(killed_at) + ", power lost " +
                   std::to_string(more_calls) + " calls later");
      MemoryFileSystem files;
      std::vector<std::string> acknowledged;
      files.lose_power_at(killed_at);
      try {
        live(files, "/spool", "1", acknowledged);
        never_killed = true;
      } catch (const test::PowerLost&) {
      }
      files.lose_power_at(files.calls() + more_calls);
      try {
        live(files, "/spool", "2", acknowledged);
        power_lasted = true;
      } catch (const test::PowerLost&) {
      }
      files.restart({entries, data});
      ASSERT_TRUE(holds_all(read_all("/spool", files), acknowledged));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EverySurvival, PowerLoss,
                         testing::Combine(testing::Values(MemoryFileSystem::Entries::kNone,
                                                          MemoryFileSystem::Entries::kAll,
                                                          MemoryFileSystem::Entries::kOnlyLast,
                                                          MemoryFileSystem::Entries::kAllButLast),
                                          testing::Values(MemoryFileSystem::Data::kNone,
                                                          MemoryFileSystem::Data::kAll,
                                                          MemoryFileSystem::Data::kHalf,
                                                          MemoryFileSystem::Data::kZeros)));

/// Appends until it is killed, telling each acknowledged id through a pipe.
[[noreturn]] void append_for_ever(const std::filesystem::path& spool, int writer, int pipe) {
  const SystemClock clock;
  Journal journal(real_file_system(), clock, Layout(spool));
  for (int i = 0;; ++i) {
    const std::string id = std::to_string(writer) + "-" + std::to_string(i);
    journal.append(encode({clock.now(), id, "{}", ""}));
    const std::string told = id + "\n";
    if (::write(pipe, told.data(), told.size()) < 0) ::_exit(1);
  }
}

TEST(Journal, LosesNothingThatProcessesAcknowledgedBeforeTheyWereKilled) {
  const TemporaryDirectory directory;
  constexpr int kWriters = 8;
  constexpr int kRecordsBeforeTheKill = 300;
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  std::vector<pid_t> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) append_for_ever(directory / "spool", writer, pipe[1]);
    writers.push_back(child);
  }
  ::close(pipe[1]);

  const SystemClock clock;
  Reader reader(directory / "spool", real_file_system(), clock);
  std::set<std::string> acknowledged;
  FILE* told = ::fdopen(pipe[0], "r");
  char line[64];
  std::size_t killed = 0;
  while (std::fgets(line, sizeof line, told) != nullptr) {
    std::string id(line);
    id.pop_back();
    acknowledged.insert(id);
    if (acknowledged.size() % 50 == 0) reader.seal();
    // One after the other, while the rest go on.
    if (acknowledged.size() % kRecordsBeforeTheKill == 0 && killed < writers.size()) {
      ::kill(writers[killed++], SIGKILL);
    }
  }
  std::fclose(told);
  for (const pid_t writer : writers) ::waitpid(writer, nullptr, 0);

  const Contents contents = read_all(directory / "spool", real_file_system());
  EXPECT_TRUE(holds_all(contents, {acknowledged.begin(), acknowledged.end()}));
  for (const auto& [id, times] : contents.records) EXPECT_EQ(times, 1) << id;
}

}  // namespace
}  // namespace hookspool::spool
