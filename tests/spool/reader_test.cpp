#include "spool/reader.h"

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

using std::filesystem::path;
using test::FailingFileSystem;
using test::FakeClock;
using test::TemporaryDirectory;
using testing::ElementsAre;
using testing::IsEmpty;

std::string line_of(const std::string& id, const std::string& body = "{}") {
  return encode({Timestamp{}, id, body, ""});
}

class ReaderTest : public testing::Test {
 protected:
  ReaderTest() { std::filesystem::create_directories(layout_.sealed()); }

  path write_segment(const std::string& content, const std::string& name = "1.segment") const {
    std::ofstream(layout_.sealed() / name, std::ios::binary) << content;
    return layout_.sealed() / name;
  }

  /// The ids in a segment, batch by batch.
  std::vector<std::vector<std::string>> batches(const path& segment, std::size_t size) {
    std::vector<std::vector<std::string>> result;
    summary_ = reader_.read(segment, size, [&](const std::vector<Record>& batch) {
      result.emplace_back();
      for (const Record& record : batch) result.back().push_back(record.id);
    });
    return result;
  }

  std::vector<std::string> ids(const path& segment) {
    const auto all = batches(segment, 1'000'000);
    return all.empty() ? std::vector<std::string>() : all.front();
  }

  std::vector<std::string> quarantined() const {
    return real_file_system().list(layout_.quarantine());
  }

  const TemporaryDirectory directory_;
  const Layout layout_{directory_ / "spool"};
  const FakeClock clock_;
  Reader reader_{layout_.root(), real_file_system(), clock_};
  SegmentSummary summary_;
};

TEST_F(ReaderTest, HandsRecordsOverInTheirOrderAndInBatches) {
  const path segment =
      write_segment(line_of("1") + line_of("2") + line_of("3") + line_of("4") + line_of("5"));

  EXPECT_THAT(batches(segment, 2),
              ElementsAre(ElementsAre("1", "2"), ElementsAre("3", "4"), ElementsAre("5")));
  EXPECT_EQ(summary_.records, 5U);
  EXPECT_EQ(summary_.quarantined, 0U);
  EXPECT_THAT(batches(segment, 5), ElementsAre(ElementsAre("1", "2", "3", "4", "5")));
  EXPECT_FALSE(std::filesystem::exists(layout_.quarantine())) << "nothing was wrong";
}

TEST_F(ReaderTest, FindsNothingInAnEmptySegment) {
  EXPECT_THAT(batches(write_segment(""), 10), IsEmpty());
  EXPECT_EQ(summary_.quarantined, 0U);
}

TEST_F(ReaderTest, FindsNothingInASegmentThatIsGone) {
  EXPECT_THAT(batches(layout_.sealed() / "gone.segment", 10), IsEmpty());
}

TEST_F(ReaderTest, ReadsALastRecordThatLacksOnlyItsNewline) {
  const std::string content = line_of("1") + line_of("2");

  EXPECT_THAT(ids(write_segment(content.substr(0, content.size() - 1))), ElementsAre("1", "2"));
  EXPECT_EQ(summary_.quarantined, 0U);
}

TEST_F(ReaderTest, ReadsRecordsThatSpanItsChunks) {
  std::string content;
  std::vector<std::string> expected;
  for (int i = 0; i < 50; ++i) {
    expected.push_back(std::to_string(i));
    content += line_of(expected.back(), std::string(static_cast<std::size_t>(i) * 1021, 'x'));
  }
  EXPECT_EQ(ids(write_segment(content)), expected);
}

TEST_F(ReaderTest, ReadsTheLargestRecordThatAReceiverCanWrite) {
  // Each of these becomes six characters.
  const std::string body(128 * 1024, '\t');
  const path segment = write_segment(line_of("1", body) + line_of("2"));

  std::vector<std::size_t> sizes;
  reader_.read(segment, 10, [&](const std::vector<Record>& batch) {
    for (const Record& record : batch) sizes.push_back(record.body.size());
  });
  EXPECT_THAT(sizes, ElementsAre(body.size(), 2U));
}

TEST_F(ReaderTest, QuarantinesWhatDoesNotCheckAndReadsTheRest) {
  std::string damaged = line_of("damaged");
  damaged[20] ^= 1;
  const std::string torn = line_of("torn").substr(0, 30);
  const path segment =
      write_segment(line_of("1") + damaged + line_of("2") + torn, "00000000000000000007.segment");

  EXPECT_THAT(ids(segment), ElementsAre("1", "2"));
  EXPECT_EQ(summary_.records, 2U);
  EXPECT_EQ(summary_.quarantined, 2U) << "the damaged and the torn line";
  EXPECT_THAT(quarantined(), ElementsAre("00000000000000000007.segment"));
  EXPECT_EQ(read_file(layout_.quarantine() / "00000000000000000007.segment"),
            damaged + torn + "\n");
}

TEST_F(ReaderTest, PassesOverEmptyLines) {
  const path segment = write_segment("\n" + line_of("1") + "\n\n" + line_of("2") + "\n");

  EXPECT_THAT(ids(segment), ElementsAre("1", "2"));
  EXPECT_EQ(summary_.quarantined, 0U);
  EXPECT_THAT(quarantined(), IsEmpty());
  EXPECT_EQ(reader_.backlog().records, 2U);
}

TEST_F(ReaderTest, QuarantinesOnceWhatIsReadTwice) {
  const path segment = write_segment("garbage\n" + line_of("1"));
  ids(segment);
  ids(segment);

  EXPECT_THAT(quarantined(), ElementsAre("1.segment"));
  EXPECT_EQ(read_file(layout_.quarantine() / "1.segment"), "garbage\n");
}

TEST_F(ReaderTest, QuarantinesZerosThatAPowerLossLeft) {
  EXPECT_THAT(ids(write_segment(line_of("1") + std::string(4096, '\0'))), ElementsAre("1"));
  EXPECT_EQ(summary_.quarantined, 1U);
}

TEST_F(ReaderTest, QuarantinesAnEndlessLineWithoutKeepingItInMemory) {
  const std::string endless(5'000'000, 'x');
  const path segment = write_segment(line_of("1") + endless + "\n" + line_of("2"));

  EXPECT_THAT(ids(segment), ElementsAre("1", "2"));
  std::string kept = read_file(layout_.quarantine() / "1.segment", 10'000'000);
  std::erase(kept, '\n');
  EXPECT_EQ(kept, endless) << "nothing of it is lost";
}

TEST_F(ReaderTest, LeavesNothingInQuarantineIfTheStoreRefuses) {
  struct StoreRefused {};
  const path segment = write_segment("garbage\n" + line_of("1"));

  EXPECT_THROW(reader_.read(segment, 1, [](const auto&) { throw StoreRefused(); }), StoreRefused);
  EXPECT_THAT(quarantined(), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(segment));
}

TEST_F(ReaderTest, FailsWhicheverCallFailsSoThatNothingIsRemoved) {
  const path segment = write_segment("garbage\n" + line_of("1"));
  int calls = 0;
  {
    FailingFileSystem files([](const std::string&, int) { return 0; });
    Reader reader(layout_.root(), files, clock_);
    reader.read(segment, 10, [](const auto&) {});
    calls = files.calls();
  }
  ASSERT_GT(calls, 5);
  for (int failing = 1; failing <= calls; ++failing) {
    std::filesystem::remove_all(layout_.quarantine());
    FailingFileSystem files(
        [failing](const std::string&, int number) { return number == failing ? EIO : 0; });
    Reader reader(layout_.root(), files, clock_);
    EXPECT_THROW(reader.read(segment, 10, [](const auto&) {}), SystemError) << failing;
  }
}

TEST_F(ReaderTest, ListsSealedSegmentsOldestFirstAndNothingElse) {
  write_segment("", "00000000000000000010.segment");
  write_segment("", "00000000000000000009.segment");
  write_segment("", "00000000000000000100.segment");
  write_segment("", "README");
  write_segment("", "00000000000000000001.segment.tmp");

  EXPECT_THAT(reader_.sealed_segments(),
              ElementsAre(layout_.sealed() / "00000000000000000009.segment",
                          layout_.sealed() / "00000000000000000010.segment",
                          layout_.sealed() / "00000000000000000100.segment"));
}

TEST_F(ReaderTest, FindsNoSegmentsWhereThereIsNoSpoolYet) {
  Reader reader(directory_ / "missing", real_file_system(), clock_);

  EXPECT_THAT(reader.sealed_segments(), IsEmpty());
  EXPECT_EQ(reader.backlog().segments, 0U);
  EXPECT_FALSE(reader.seal());
}

TEST_F(ReaderTest, SealsACurrentSegmentThatHoldsSomething) {
  EXPECT_FALSE(reader_.seal()) << "there is none";
  std::ofstream(layout_.current()).flush();
  EXPECT_FALSE(reader_.seal()) << "it is empty";
  EXPECT_TRUE(std::filesystem::exists(layout_.current())) << "whoever writes next has it open";
  std::ofstream(layout_.current()) << line_of("1");
  EXPECT_TRUE(reader_.seal());

  ASSERT_EQ(reader_.sealed_segments().size(), 1U);
  EXPECT_THAT(ids(reader_.sealed_segments().front()), ElementsAre("1"));
}

TEST_F(ReaderTest, RemovesASegmentOnceAndForAll) {
  const path segment = write_segment(line_of("1"));
  reader_.remove(segment);
  EXPECT_FALSE(std::filesystem::exists(segment));
  EXPECT_NO_THROW(reader_.remove(segment)) << "another reader may have been faster";
}

TEST_F(ReaderTest, SaysWhenASegmentCannotBeRemoved) {
  EXPECT_THROW(reader_.remove(layout_.sealed()), SystemError);
}

TEST_F(ReaderTest, CountsWhatWaits) {
  EXPECT_EQ(reader_.backlog().segments, 0U);
  write_segment("12345", "1.segment");
  write_segment("", "2.segment");
  std::ofstream(layout_.current()) << "123";

  EXPECT_EQ(reader_.backlog().segments, 2U) << "the empty one holds nothing that waits";
  EXPECT_EQ(reader_.backlog().bytes, 8U);
  EXPECT_FALSE(reader_.backlog().oldest);
}

TEST_F(ReaderTest, TellsHowManyRecordsWaitAndSinceWhen) {
  write_segment("torn\n" + line_of("1"), "1.segment");
  std::ofstream(layout_.current()) << line_of("2") << line_of("3");

  EXPECT_EQ(reader_.backlog().records, 4U);
  EXPECT_EQ(reader_.backlog().oldest, Timestamp{});
}

}  // namespace
}  // namespace hookspool::spool
