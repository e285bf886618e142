#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"

namespace hookspool::spool {

/// Which file a name or a descriptor stands for.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FileId&) const = default;
};

/// The operating system's files, as narrow as the spool needs them: the seam where tests let the
/// n-th call fail. Every function throws SystemError, with path and errno, when the system refuses;
/// EINTR is dealt with here. Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// open(2) with O_CLOEXEC. A file that O_CREAT makes has exactly `mode`, from the first moment
  /// and whatever the umask.
  virtual Descriptor open(const std::filesystem::path& path, int flags, mode_t mode) = 0;
  /// One write(2); may be short.
  virtual std::size_t write(int fd, std::string_view data) = 0;
  virtual void truncate(int fd, off_t length) = 0;
  virtual void fdatasync(int fd) = 0;
  /// Makes the entries of a directory durable.
  virtual void sync_directory(const std::filesystem::path& directory) = 0;
  virtual void rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  virtual void remove(const std::filesystem::path& path) = 0;
  /// Makes a directory and what is missing above it by make_directory_durably(). Succeeds at once
  /// where it exists.
  virtual void make_directory(const std::filesystem::path& directory, mode_t mode) = 0;

  /// Nothing if there is no such file.
  virtual std::optional<FileId> identify(const std::filesystem::path& path) = 0;
  virtual FileId identify(int fd) = 0;
  virtual off_t size(int fd) = 0;
  /// Up to `length` bytes at `offset`; fewer at the end of the file.
  virtual std::string read_at(int fd, off_t offset, std::size_t length) = 0;
  /// The names in a directory, sorted; none if it does not exist.
  virtual std::vector<std::string> list(const std::filesystem::path& directory) = 0;
  /// Takes an exclusive flock(2), which ends with unlock() or with the descriptor; the kernel wakes
  /// those who wait one by one. False if somebody else had it until the patience ended.
  virtual bool lock(int fd, std::chrono::milliseconds patience) = 0;
  virtual void unlock(int fd) = 0;
};

/// The real one. It lives as long as the program.
FileSystem& real_file_system();

}  // namespace hookspool::spool
