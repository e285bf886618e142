#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spool/file_system.h"

namespace hookspool::test {

/// The machine went down: nothing that was not synced is certain to be there afterwards.
struct PowerLost {};

/// Files in memory that know what a power loss would leave of them.
///
/// Data is durable after fdatasync. A change of directory entries (create, rename, remove) is
/// durable after the directory, for a rename either of both, was synced; a rename is atomic, as on
/// every file system with a journal. What is not durable may survive a power loss or not:
/// `Survival` chooses. Single-threaded; locks succeed at once.
class MemoryFileSystem final : public spool::FileSystem {
 public:
  MemoryFileSystem();
  ~MemoryFileSystem() override;

  /// From the call with this number on (counting from 1, every call of the interface), PowerLost is
  /// thrown instead. 0: never.
  void lose_power_at(int call) { power_loss_at_ = call; }
  int calls() const { return calls_; }

  /// The next fdatasync fails, and what it should have made durable is lost: programs go on to see
  /// it, and no later fdatasync writes it. `before_it_returns`: what others do meanwhile.
  void fail_next_sync(std::function<void()> before_it_returns) {
    failing_sync_ = std::move(before_it_returns);
  }

  enum class Entries { kNone, kAll, kOnlyLast, kAllButLast };
  enum class Data { kNone, kAll, kHalf, kZeros };
  /// What survives of the changes that were not synced.
  struct Survival {
    Entries entries;
    Data data;
  };
  /// Comes up again after a power loss; descriptors from before are dead.
  void restart(Survival survival);

  Descriptor open(const std::filesystem::path& path, int flags, mode_t mode) override;
  std::size_t write(int fd, std::string_view data) override;
  void truncate(int fd, off_t length) override;
  void fdatasync(int fd) override;
  void sync_directory(const std::filesystem::path& directory) override;
  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  void remove(const std::filesystem::path& path) override;
  void make_directory(const std::filesystem::path& directory, mode_t mode) override;
  std::optional<spool::FileId> identify(const std::filesystem::path& path) override;
  spool::FileId identify(int fd) override;
  off_t size(int fd) override;
  std::string read_at(int fd, off_t offset, std::size_t length) override;
  std::vector<std::string> list(const std::filesystem::path& directory) override;
  bool lock(int fd, std::chrono::milliseconds patience) override;
  void unlock(int fd) override;

 private:
  struct File {
    ino_t inode;
    std::string content;
    std::string durable;
    std::vector<std::pair<std::size_t, std::size_t>> lost;  // from where to where

    /// The content as the disk is given it.
    std::string written() const;
  };
  using Entries_ = std::map<std::filesystem::path, std::shared_ptr<File>>;
  /// One change of directory entries that is not durable yet.
  struct Change {
    std::vector<std::filesystem::path> directories;
    std::function<void(Entries_&)> apply;
  };

  void count();
  File& file_of(int fd);
  void change(std::vector<std::filesystem::path> directories, std::function<void(Entries_&)> apply);

  int calls_ = 0;
  int power_loss_at_ = 0;
  std::function<void()> failing_sync_;
  ino_t next_inode_ = 1;
  Entries_ entries_;          // as programs see them
  Entries_ durable_entries_;  // as a power loss leaves them at least
  std::vector<Change> pending_;
  std::map<int, std::shared_ptr<File>> open_;
};

}  // namespace hookspool::test
