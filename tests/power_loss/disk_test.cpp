#include "power_loss/disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "power_loss/survivals.h"

namespace hookspool::power_loss {
namespace {

using preload::Kind;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr Fate kDropped{Fate::kDropped};
constexpr Fate kKept{Fate::kKept};

Operation create(const std::string& path, std::uint64_t inode) {
  return {.kind = Kind::kCreate, .inode = inode, .path = path};
}
Operation write(std::uint64_t inode, std::uint64_t offset, const std::string& data) {
  return {.kind = Kind::kWrite, .inode = inode, .offset = offset, .data = data};
}
Operation sync(std::uint64_t inode) {
  return {.kind = Kind::kSync, .inode = inode};
}
Operation sync_entries(const std::string& directory) {
  return {.kind = Kind::kSyncEntries, .path = directory};
}
Operation make_directory(const std::string& path) {
  return {.kind = Kind::kMakeDirectory, .path = path};
}
Operation rename(const std::string& from, const std::string& to) {
  return {.kind = Kind::kRename, .path = from, .second = to};
}
Operation remove(const std::string& path) {
  return {.kind = Kind::kRemove, .path = path};
}

Disk disk_after(const std::vector<Operation>& operations) {
  Disk disk;
  for (const Operation& operation : operations) disk.apply(operation);
  return disk;
}

/// All contents that a file can have after a power loss, "-" for no file.
std::set<std::string> possible(const Disk& disk, const std::string& path) {
  std::mt19937 random(1);
  std::set<std::string> contents;
  for (const Survival& survival : survivals(disk.unsynced(), kEverySingle, random)) {
    const Image image = disk.after_power_loss(survival);
    const auto found = image.files.find(path);
    contents.insert(found == image.files.end() ? "-" : found->second);
  }
  return contents;
}

TEST(Disk, LosesDataThatWasNotSynced) {
  const Disk disk = disk_after(
      {create("a", 1), sync_entries(""), write(1, 0, "old"), sync(1), write(1, 3, "new!")});

  const auto contents = possible(disk, "a");

  EXPECT_THAT(contents, testing::IsSupersetOf({"old", "oldnew!", "oldne", "oldnew"}));
  EXPECT_THAT(contents, Contains(std::string("old\0\0\0\0", 7)));
  EXPECT_THAT(contents, Contains(std::string("old\0\0w!", 7)));
  for (const std::string& content : contents) EXPECT_THAT(content, testing::StartsWith("old"));
}

TEST(Disk, LosesAFileWhoseEntryWasNotSynced) {
  const Disk disk = disk_after({create("a", 1), write(1, 0, "x"), sync(1)});

  EXPECT_THAT(possible(disk, "a"), ElementsAre("-", "x"));
}

TEST(Disk, LosesWhatIsBelowADirectoryWhoseEntryWasNotSynced) {
  const Disk disk = disk_after({make_directory("d"), create("d/a", 1), sync_entries("d")});

  EXPECT_THAT(disk.after_power_loss({kDropped}).files, IsEmpty());
  EXPECT_THAT(disk.after_power_loss({kKept}).files, ElementsAre(Pair("d/a", "")));
}

TEST(Disk, HasOneNameOrTheOtherOrBothAfterARename) {
  const Disk disk =
      disk_after({make_directory("d"), create("a", 1), sync_entries(""), rename("a", "d/b")});

  EXPECT_THAT(disk.after_power_loss({kDropped, kDropped}).files, ElementsAre(Pair("a", "")));
  EXPECT_THAT(disk.after_power_loss({kKept, kDropped}).files,
              ElementsAre(Pair("a", ""), Pair("d/b", "")));
  EXPECT_THAT(disk.after_power_loss({kKept, kKept}).files, ElementsAre(Pair("d/b", "")));
  std::mt19937 random(1);
  for (const Survival& survival : survivals(disk.unsynced(), kEverySingle, random)) {
    EXPECT_THAT(disk.after_power_loss(survival).files, testing::Not(IsEmpty()));
  }
}

TEST(Disk, HasARenamedFileUnderItsNewNameOnceItsOldNameIsSyncedAway) {
  const Disk disk = disk_after({make_directory("d"), create("a", 1), sync_entries(""),
                                rename("a", "d/b"), sync_entries("")});

  EXPECT_THAT(disk.unsynced(), IsEmpty());
  EXPECT_THAT(disk.after_power_loss({}).files, ElementsAre(Pair("d/b", "")));
}

/// What the receiver guards against by syncing spool/sealed before it makes a segment.
TEST(Disk, CanLoseAFileToANewOneOfItsFormerName) {
  const Disk disk = disk_after({make_directory("d"), create("a", 1), sync_entries(""),
                                write(1, 0, "first"), sync(1), rename("a", "d/b"), create("a", 2)});

  const Image image = disk.after_power_loss({kDropped, kDropped, kKept});

  EXPECT_THAT(image.files, ElementsAre(Pair("a", "")));
}

TEST(Disk, CanBringBackWhatWasRemoved) {
  const Disk disk =
      disk_after({create("a", 1), sync_entries(""), write(1, 0, "x"), sync(1), remove("a")});

  EXPECT_THAT(possible(disk, "a"), ElementsAre("-", "x"));
}

TEST(Disk, TakesAFileForANewOneWhenItsNumberIsGivenAgain) {
  const Disk disk = disk_after({create("a", 1), sync_entries(""), write(1, 0, "x"), sync(1),
                                remove("a"), create("b", 1), sync_entries("")});

  EXPECT_THAT(disk.after_power_loss({}).files, ElementsAre(Pair("b", "")));
}

TEST(Disk, IsCertainOfWhatWasSynced) {
  const Disk disk = disk_after({create("a", 1),
                                write(1, 0, "abc"),
                                {.kind = Kind::kTruncate, .inode = 1, .offset = 2},
                                sync(1),
                                sync_entries("")});

  EXPECT_THAT(disk.unsynced(), IsEmpty());
  EXPECT_THAT(possible(disk, "a"), ElementsAre("ab"));
}

}  // namespace
}  // namespace hookspool::power_loss
