#include "spool/file_system.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "base/error.h"
#include "base/file_content.h"
#include "base/interrupting_timer.h"

namespace hookspool::spool {
namespace {

/// Repeats a system call while signals interrupt it.
template <typename Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// The path behind a descriptor, for messages.
std::string name_of(int fd) {
  std::error_code ignored;
  const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), ignored);
  return path.empty() ? "descriptor " + std::to_string(fd) : path.string();
}

void check(int result, const char* action, int fd) {
  if (result >= 0) return;
  const int error = errno;
  throw SystemError(std::string(action) + " " + name_of(fd), error);
}

constexpr mode_t kPermissions = S_IRWXU | S_IRWXG | S_IRWXO;

/// The umask must not keep out the group that receiver and fetcher share, not even for the moment
/// until a second call: who is killed there would leave the other one locked out. It is that of the
/// whole process, in which nobody else makes files meanwhile.
class WithoutUmask {
 public:
  WithoutUmask() : guard_(mutex_), umask_(::umask(0)) {}
  WithoutUmask(const WithoutUmask&) = delete;
  WithoutUmask& operator=(const WithoutUmask&) = delete;
  ~WithoutUmask() { ::umask(umask_); }

 private:
  inline static std::mutex mutex_;
  std::lock_guard<std::mutex> guard_;
  mode_t umask_;
};

/// The set-group-id bit is inherited mostly, and then not asked for: systemd's RestrictSUIDSGID=
/// forbids it. By a descriptor: the receiver's sandbox has no call that changes a mode by name.
void set_mode(const std::filesystem::path& directory, mode_t mode) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) == 0 && (status.st_mode & ~S_IFMT) == mode) return;
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened || ::fchmod(opened.get(), mode) != 0) {
    throw SystemError("set the mode of " + directory.string(), errno);
  }
}

class RealFileSystem final : public FileSystem {
 public:
  Descriptor open(const std::filesystem::path& path, int flags, mode_t mode) override {
    const auto open = [&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); };
    Descriptor file;
    if ((flags & O_CREAT) != 0) {
      const WithoutUmask whole_mode;
      file = Descriptor(uninterrupted(open));
    } else {
      file = Descriptor(uninterrupted(open));
    }
    if (!file) throw SystemError("open " + path.string(), errno);
    return file;
  }

  std::size_t write(int fd, std::string_view data) override {
    const ssize_t written = uninterrupted([&] { return ::write(fd, data.data(), data.size()); });
    if (written < 0) {
      const int error = errno;
      throw SystemError("write " + name_of(fd), error);
    }
    return static_cast<std::size_t>(written);
  }

  void truncate(int fd, off_t length) override {
    check(uninterrupted([&] { return ::ftruncate(fd, length); }), "truncate", fd);
  }

  void fdatasync(int fd) override {
    check(uninterrupted([&] { return ::fdatasync(fd); }), "fdatasync", fd);
  }

  void sync_directory(const std::filesystem::path& directory) override {
    hookspool::sync_directory(directory);
  }

  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) {
      throw SystemError("rename " + from.string() + " to " + to.string(), errno);
    }
  }

  void remove(const std::filesystem::path& path) override {
    if (::unlink(path.c_str()) != 0) throw SystemError("remove " + path.string(), errno);
  }

  void make_directory(const std::filesystem::path& directory, mode_t mode) override {
    struct stat status {};
    if (::stat(directory.c_str(), &status) == 0) {
      if (!S_ISDIR(status.st_mode)) throw SystemError("use " + directory.string(), ENOTDIR);
      return;
    }
    const std::filesystem::path parent =
        directory.has_parent_path() ? directory.parent_path() : std::filesystem::path(".");
    if (parent != directory) make_directory(parent, mode);
    const WithoutUmask whole_mode;
    if (make_directory_durably(directory, mode & kPermissions)) set_mode(directory, mode);
  }

  std::optional<FileId> identify(const std::filesystem::path& path) override {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) return FileId{status.st_dev, status.st_ino};
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    throw SystemError("look at " + path.string(), errno);
  }

  FileId identify(int fd) override {
    const struct stat status = status_of(fd);
    return {status.st_dev, status.st_ino};
  }

  off_t size(int fd) override { return status_of(fd).st_size; }

  std::string read_at(int fd, off_t offset, std::size_t length) override {
    std::string data(length, '\0');
    std::size_t have = 0;
    while (have < length) {
      const ssize_t got = uninterrupted([&] {
        return ::pread(fd, data.data() + have, length - have, offset + static_cast<off_t>(have));
      });
      check(static_cast<int>(got < 0 ? -1 : 0), "read", fd);
      if (got == 0) break;
      have += static_cast<std::size_t>(got);
    }
    data.resize(have);
    return data;
  }

  std::vector<std::string> list(const std::filesystem::path& directory) override {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
      names.push_back(entry->path().filename().string());
    }
    if (error && error != std::errc::no_such_file_or_directory) {
      throw SystemError("list " + directory.string(), error.value());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  bool lock(int fd, std::chrono::milliseconds patience) override {
    // Mostly nobody has it, and a timer takes a few calls.
    if (try_lock(fd)) return true;
    std::optional<InterruptingTimer> timer;
    try {
      timer.emplace(patience);
    } catch (const SystemError&) {
      return try_lock_for(fd, patience);
    }
    int result = ::flock(fd, LOCK_EX);
    while (result < 0 && errno == EINTR) {
      if (timer->is_over()) return false;
      result = ::flock(fd, LOCK_EX);
    }
    check(result, "lock", fd);
    return true;
  }

  void unlock(int fd) override { check(::flock(fd, LOCK_UN), "unlock", fd); }

 private:
  static bool try_lock(int fd) {
    const int result = uninterrupted([&] { return ::flock(fd, LOCK_EX | LOCK_NB); });
    if (result < 0 && errno == EWOULDBLOCK) return false;
    check(result, "lock", fd);
    return true;
  }

  /// Each user may have so many timers, and not every sandbox lets us have any.
  static bool try_lock_for(int fd, std::chrono::milliseconds patience) {
    constexpr std::chrono::milliseconds kPause{1};
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!try_lock(fd)) {
      if (std::chrono::steady_clock::now() >= end) return false;
      std::this_thread::sleep_for(kPause);
    }
    return true;
  }

  static struct stat status_of(int fd) {
    struct stat status {};
    check(::fstat(fd, &status), "look at", fd);
    return status;
  }
};

}  // namespace

FileSystem& real_file_system() {
  static RealFileSystem file_system;
  return file_system;
}

}  // namespace hookspool::spool
