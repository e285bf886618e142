#include "base/file_content.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/descriptor.h"
#include "base/error.h"

namespace hookspool {
namespace {

/// Removes the temporary file unless it became the real one.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& target)
      : path_(target.string() + ".XXXXXX"), descriptor_(::mkostemp(path_.data(), O_CLOEXEC)) {
    if (!descriptor_) throw SystemError("create " + path_, errno, ExitCode::kCannotCreate);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!renamed_) ::unlink(path_.c_str());
  }

  int fd() const { return descriptor_.get(); }
  const std::string& path() const { return path_; }

  void become(const std::filesystem::path& target) {
    if (::rename(path_.c_str(), target.c_str()) != 0) {
      throw SystemError("rename " + path_ + " to " + target.string(), errno,
                        ExitCode::kCannotCreate);
    }
    renamed_ = true;
  }

 private:
  std::string path_;
  Descriptor descriptor_;
  bool renamed_ = false;
};

void write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw SystemError("write " + path, errno, ExitCode::kCannotCreate);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
}

void keep_owner_and_mode(const std::filesystem::path& old_file, int new_file, mode_t mode) {
  struct stat status {};
  if (::stat(old_file.c_str(), &status) == 0) {
    mode = status.st_mode & 07777;
    // Only root may give a file away; for everybody else the owner is right already.
    [[maybe_unused]] const int ignored = ::fchown(new_file, status.st_uid, status.st_gid);
  }
  if (::fchmod(new_file, mode) != 0) {
    throw SystemError("set the mode of " + old_file.string(), errno, ExitCode::kCannotCreate);
  }
}

bool has_nothing_to_sync(int error_number) {
  return error_number == EACCES || error_number == EPERM || error_number == EROFS ||
         error_number == EINVAL;
}

}  // namespace

std::string read_file(const std::filesystem::path& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) throw SystemError("open " + path.string(), errno);
  struct stat status {};
  const auto size =
      ::fstat(file.get(), &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
  constexpr std::size_t kStep = 8192;
  std::string content;
  // At once, and without a buffer in between, so that of a secret no copy stays behind.
  content.reserve(std::min(size, limit) + kStep);
  while (true) {
    const std::size_t have = content.size();
    content.resize(have + kStep);
    const ssize_t got = ::read(file.get(), content.data() + have, kStep);
    content.resize(have + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw SystemError("read " + path.string(), errno);
    if (got == 0) return content;
    if (content.size() > limit) throw SystemError("read " + path.string(), EFBIG);
  }
}

void replace_file_durably(const std::filesystem::path& path, std::string_view content,
                          mode_t mode) {
  TemporaryFile file(path);
  keep_owner_and_mode(path, file.fd(), mode);
  write_all(file.fd(), content, file.path());
  if (::fsync(file.fd()) != 0) {
    throw SystemError("sync " + file.path(), errno, ExitCode::kCannotCreate);
  }
  file.become(path);
  sync_directory(path.has_parent_path() ? path.parent_path() : ".");
}

void sync_directory(const std::filesystem::path& directory) {
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened || ::fsync(opened.get()) != 0) {
    throw SystemError("sync the directory " + directory.string(), errno, ExitCode::kCannotCreate);
  }
}

void sync_directory_where_possible(const std::filesystem::path& directory) {
  try {
    sync_directory(directory);
  } catch (const SystemError& error) {
    if (!has_nothing_to_sync(error.error_number())) throw;
  }
}

bool make_directory_durably(const std::filesystem::path& directory, mode_t mode) {
  const std::filesystem::path parent = std::filesystem::absolute(directory).parent_path();
  sync_directory_where_possible(parent.parent_path());
  const bool is_new = ::mkdir(directory.c_str(), mode) == 0;
  if (!is_new && errno != EEXIST) {
    throw SystemError("make the directory " + directory.string(), errno, ExitCode::kCannotCreate);
  }
  sync_directory(parent);
  return is_new;
}

}  // namespace hookspool
