#pragma once

#include <cerrno>
#include <functional>
#include <string>

#include "base/error.h"
#include "spool/file_system.h"

namespace hookspool::test {

/// The real files, of which chosen calls fail. Not thread-safe where calls are counted.
class FailingFileSystem final : public spool::FileSystem {
 public:
  /// Asked before each call that changes something, with the call's name and its number from 1 on;
  /// the errno to fail with, or 0.
  using Plan = std::function<int(const std::string& call, int number)>;

  explicit FailingFileSystem(Plan plan) : plan_(std::move(plan)) {}

  void stop_failing() {
    plan_ = [](const std::string&, int) { return 0; };
  }
  int calls() const { return calls_; }
  /// With this set, a write that fails has written half of its data by then.
  void tear_writes(bool tear) { tear_writes_ = tear; }

  Descriptor open(const std::filesystem::path& path, int flags, mode_t mode) override {
    ask("open");
    return real_.open(path, flags, mode);
  }
  std::size_t write(int fd, std::string_view data) override {
    try {
      ask("write");
    } catch (const SystemError&) {
      if (tear_writes_) real_.write(fd, data.substr(0, data.size() / 2));
      throw;
    }
    return real_.write(fd, data);
  }
  void truncate(int fd, off_t length) override {
    ask("truncate");
    real_.truncate(fd, length);
  }
  void fdatasync(int fd) override {
    ask("fdatasync");
    real_.fdatasync(fd);
  }
  void sync_directory(const std::filesystem::path& directory) override {
    ask("sync_directory");
    real_.sync_directory(directory);
  }
  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    ask("rename");
    real_.rename(from, to);
  }
  void remove(const std::filesystem::path& path) override {
    ask("remove");
    real_.remove(path);
  }
  void make_directory(const std::filesystem::path& directory, mode_t mode) override {
    ask("make_directory");
    real_.make_directory(directory, mode);
  }
  std::optional<spool::FileId> identify(const std::filesystem::path& path) override {
    ask("identify");
    return real_.identify(path);
  }
  spool::FileId identify(int fd) override { return real_.identify(fd); }
  off_t size(int fd) override {
    ask("size");
    return real_.size(fd);
  }
  std::string read_at(int fd, off_t offset, std::size_t length) override {
    ask("read_at");
    return real_.read_at(fd, offset, length);
  }
  std::vector<std::string> list(const std::filesystem::path& directory) override {
    ask("list");
    return real_.list(directory);
  }
  bool lock(int fd, std::chrono::milliseconds patience) override {
    ask("lock");
    return real_.lock(fd, patience);
  }
  void unlock(int fd) override { real_.unlock(fd); }

 private:
  void ask(const char* call) {
    ++calls_;
    if (const int error = plan_(call, calls_)) throw SystemError(call, error);
  }

  spool::FileSystem& real_ = spool::real_file_system();
  Plan plan_;
  int calls_ = 0;
  bool tear_writes_ = false;
};

}  // namespace hookspool::test
