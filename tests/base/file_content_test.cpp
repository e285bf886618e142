#include "base/file_content.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "support/temporary_directory.h"

namespace hookspool {
namespace {

using std::filesystem::path;
using test::TemporaryDirectory;
using testing::HasSubstr;

void write(const path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary) << content;
}

mode_t mode_of(const path& file) {
  struct stat status {};
  EXPECT_EQ(::stat(file.c_str(), &status), 0);
  return status.st_mode & 07777;
}

std::vector<std::string> names_in(const path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.push_back(entry.path().filename());
  }
  return names;
}

int descriptors_in_use() {
  return static_cast<int>(names_in("/proc/self/fd").size());
}

/// The errno of the SystemError that `action` ends with; 0 if there is none.
template <typename Action>
int error_of(Action action) {
  try {
    action();
  } catch (const SystemError& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot "));
    return error.error_number();
  }
  return 0;
}

TEST(ReadFile, ReturnsTheWholeContent) {
  const TemporaryDirectory directory;
  for (const std::string& content :
       {std::string(), std::string("a line\n"), std::string("\0\xFF\r\n", 4),
        std::string(8192, 'x'), std::string(8193, 'y'), std::string(100'000, 'z')}) {
    write(directory / "file", content);
    EXPECT_EQ(read_file(directory / "file"), content);
  }
}

TEST(ReadFile, RefusesMoreThanTheLimit) {
  const TemporaryDirectory directory;
  write(directory / "file", std::string(100, 'x'));

  EXPECT_EQ(read_file(directory / "file", 100).size(), 100U);
  EXPECT_EQ(error_of([&] { read_file(directory / "file", 99); }), EFBIG);
  EXPECT_EQ(error_of([] { read_file("/dev/zero"); }), EFBIG) << "an endless file ends";
}

TEST(ReadFile, NamesTheFileThatItCannotRead) {
  const TemporaryDirectory directory;
  EXPECT_EQ(error_of([&] { read_file(directory / "missing"); }), ENOENT);
  EXPECT_EQ(error_of([&] { read_file(directory.path()); }), EISDIR);
  try {
    read_file(directory / "missing");
    FAIL() << "it was read";
  } catch (const SystemError& error) {
    EXPECT_THAT(error.what(), HasSubstr((directory / "missing").string()));
  }
}

TEST(ReplaceFile, CreatesAFileWithExactlyTheModeAskedFor) {
  const TemporaryDirectory directory;
  const mode_t old_mask = ::umask(077);
  replace_file_durably(directory / "new", "content", 0664);
  ::umask(old_mask);

  EXPECT_EQ(read_file(directory / "new"), "content");
  EXPECT_EQ(mode_of(directory / "new"), 0664U);
}

TEST(ReplaceFile, KeepsTheModeAndOwnerOfAnExistingFile) {
  const TemporaryDirectory directory;
  write(directory / "file", "old, and longer than what comes");
  ASSERT_EQ(::chmod((directory / "file").c_str(), 0604), 0);
  const bool root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::chown((directory / "file").c_str(), 12345, 54321), 0);
  }
  replace_file_durably(directory / "file", "new", 0660);

  EXPECT_EQ(read_file(directory / "file"), "new");
  EXPECT_EQ(mode_of(directory / "file"), 0604U);
  struct stat status {};
  ASSERT_EQ(::stat((directory / "file").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, root ? 12345 : ::geteuid());
}

TEST(ReplaceFile, LeavesNothingElseBehind) {
  const TemporaryDirectory directory;
  const int before = descriptors_in_use();
  replace_file_durably(directory / "file", "one", 0600);
  replace_file_durably(directory / "file", "two", 0600);

  EXPECT_THAT(names_in(directory.path()), testing::ElementsAre("file"));
  EXPECT_EQ(descriptors_in_use(), before);
}

TEST(ReplaceFile, LeavesTheOldContentWhenItFails) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "target");
  write(directory / "target/old", "old");
  const int before = descriptors_in_use();

  EXPECT_EQ(error_of([&] { replace_file_durably(directory / "target", "new", 0600); }), EISDIR);
  EXPECT_EQ(read_file(directory / "target/old"), "old");
  EXPECT_THAT(names_in(directory.path()), testing::ElementsAre("target"))
      << "the temporary file is gone";
  EXPECT_EQ(descriptors_in_use(), before);
}

TEST(ReplaceFile, NeedsADirectoryThatExists) {
  const TemporaryDirectory directory;
  EXPECT_EQ(error_of([&] { replace_file_durably(directory / "no/file", "new", 0600); }), ENOENT);
  write(directory / "plain", "");
  EXPECT_EQ(error_of([&] { replace_file_durably(directory / "plain/file", "new", 0600); }),
            ENOTDIR);
}

TEST(ReplaceFile, ShowsOldOrNewButNeverAMixture) {
  const TemporaryDirectory directory;
  const path file = directory / "file";
  const std::string old_content(50'000, 'a');
  const std::string new_content(60'000, 'b');
  replace_file_durably(file, old_content, 0600);
  std::atomic<bool> done = false;
  std::jthread writer([&] {
    for (int i = 0; i < 50; ++i)
      replace_file_durably(file, i % 2 == 0 ? new_content : old_content, 0600);
    done = true;
  });
  while (!done) {
    const std::string seen = read_file(file);
    ASSERT_TRUE(seen == old_content || seen == new_content) << seen.size();
  }
}

TEST(SyncDirectory, TakesDirectoriesOnly) {
  const TemporaryDirectory directory;
  write(directory / "file", "");

  sync_directory(directory.path());
  EXPECT_EQ(error_of([&] { sync_directory(directory / "missing"); }), ENOENT);
  EXPECT_EQ(error_of([&] { sync_directory(directory / "file"); }), ENOTDIR);
}

TEST(MakeDirectoryDurably, TellsWhetherItWasThereAlready) {
  const test::TemporaryDirectory directory;

  EXPECT_TRUE(make_directory_durably(directory / "new", 0700));
  EXPECT_FALSE(make_directory_durably(directory / "new", 0700));

  EXPECT_TRUE(std::filesystem::is_directory(directory / "new"));
}

TEST(MakeDirectoryDurably, NeedsTheDirectoryThatItIsMadeIn) {
  const test::TemporaryDirectory directory;

  EXPECT_THROW(make_directory_durably(directory / "missing/new", 0700), SystemError);
}

TEST(MakeDirectoryDurably, TakesARelativePath) {
  const test::TemporaryDirectory directory;
  const auto relative = std::filesystem::relative(directory / "new");

  EXPECT_TRUE(make_directory_durably(relative, 0700));

  EXPECT_TRUE(std::filesystem::is_directory(directory / "new"));
}

}  // namespace
}  // namespace hookspool
