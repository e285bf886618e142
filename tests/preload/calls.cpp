// The C library's calls that change files, in place of its own: each is counted, may be made to
// fail, is made, and is recorded. So is what a client sends and receives. See rules.h for how that
// is asked for.

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include "preload/paths.h"
#include "preload/recorder.h"
#include "preload/rules.h"

namespace hookspool::preload {
namespace {

[[noreturn]] void die() {
  ::syscall(SYS_kill, ::getpid(), SIGKILL);
  while (true) ::pause();
}

/// True if the call is not to be made, with errno set. Does not come back where the process is to
/// die. The caller holds CallOrder.
bool fails(const Verdict& verdict) {
  if (verdict.action == Verdict::kKill) die();
  if (verdict.action != Verdict::kFail) return false;
  record({.kind = Kind::kFailure});
  errno = verdict.error_number;
  return true;
}

ino_t inode_of(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
}

bool exists(const Path& path) {
  struct stat status {};
  const int error_number = errno;
  const bool found = ::lstat(path.text, &status) == 0;
  errno = error_number;
  return found;
}

int open_file(int directory, const char* name, int flags, mode_t mode) {
  const Path path = watched_directory() == nullptr ? Path() : absolute(directory, name);
  if (!is_lasting(path)) {
    return static_cast<int>(::syscall(SYS_openat, directory, name, flags, mode));
  }
  const CallOrder order;
  const bool creates = (flags & O_CREAT) != 0 && !exists(path);
  if (fails(judge(kOpen, path.text))) return -1;
  const int fd = static_cast<int>(::syscall(SYS_openat, directory, name, flags, mode));
  if (fd < 0) return fd;
  if (creates) {
    record({.kind = Kind::kCreate, .descriptor = fd, .inode = inode_of(fd), .path = path.text});
  } else if ((flags & O_TRUNC) != 0) {
    record({.kind = Kind::kTruncate, .descriptor = fd, .inode = inode_of(fd), .path = path.text});
  }
  return fd;
}

bool is_socket(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

std::size_t half_of(std::size_t length) {
  return length > 1 ? length / 2 : length;
}

/// A write at the file's end or position (`offset` < 0), or at `offset`.
ssize_t write_file(int fd, const Path& path, const void* data, std::size_t length, off_t offset) {
  const bool positioned = offset >= 0;
  const Verdict verdict = judge(positioned ? kPositionedWrite : kWrite, path.text);
  if (fails(verdict)) return -1;
  if (verdict.action == Verdict::kLie) return static_cast<ssize_t>(length);
  if (verdict.action != Verdict::kGoOn) length = half_of(length);
  const ssize_t written = positioned ? ::syscall(SYS_pwrite64, fd, data, length, offset)
                                     : ::syscall(SYS_write, fd, data, length);
  if (written > 0) {
    const off_t at = positioned ? offset : ::lseek(fd, 0, SEEK_CUR) - written;
    record({.kind = Kind::kWrite,
            .descriptor = fd,
            .inode = inode_of(fd),
            .offset = static_cast<std::uint64_t>(at),
            .path = path.text,
            .data = data,
            .length = static_cast<std::size_t>(written)});
  }
  if (verdict.action == Verdict::kTorn) die();
  return written;
}

ssize_t write_answer(int fd, const void* data, std::size_t length) {
  const CallOrder order;
  if (fails(judge(kAnswer, nullptr))) return -1;
  // Before the call: whoever reads the answer may act on it at once.
  record({.kind = Kind::kAnswer, .descriptor = fd, .data = data, .length = length});
  return ::syscall(SYS_write, fd, data, length);
}

void record_transfer(Kind kind, int fd, const void* data, ssize_t length) {
  if (length <= 0) return;
  const CallOrder order;
  record(
      {.kind = kind, .descriptor = fd, .data = data, .length = static_cast<std::size_t>(length)});
}

ssize_t write_somewhere(int fd, const void* data, std::size_t length) {
  if (watched_directory() != nullptr) {
    if (is_socket(fd) || fd == STDOUT_FILENO) return write_answer(fd, data, length);
    const Path path = of_descriptor(fd);
    if (is_lasting(path)) {
      const CallOrder order;
      return write_file(fd, path, data, length, -1);
    }
  }
  return ::syscall(SYS_write, fd, data, length);
}

ssize_t write_at(int fd, const void* data, std::size_t length, off_t offset) {
  const Path path = watched_directory() == nullptr ? Path() : of_descriptor(fd);
  if (!is_lasting(path)) return ::syscall(SYS_pwrite64, fd, data, length, offset);
  const CallOrder order;
  return write_file(fd, path, data, length, offset);
}

int truncate_to(int fd, off_t length) {
  const Path path = watched_directory() == nullptr ? Path() : of_descriptor(fd);
  if (!is_lasting(path)) return static_cast<int>(::syscall(SYS_ftruncate, fd, length));
  const CallOrder order;
  if (fails(judge(kTruncate, path.text))) return -1;
  const int result = static_cast<int>(::syscall(SYS_ftruncate, fd, length));
  if (result == 0) {
    record({.kind = Kind::kTruncate,
            .descriptor = fd,
            .inode = inode_of(fd),
            .offset = static_cast<std::uint64_t>(length),
            .path = path.text});
  }
  return result;
}

int sync(int fd, Call call) {
  const long number = call == kFsync ? SYS_fsync : SYS_fdatasync;
  const Path path = watched_directory() == nullptr ? Path() : of_descriptor(fd);
  if (!is_lasting(path)) return static_cast<int>(::syscall(number, fd));
  const CallOrder order;
  const Verdict verdict = judge(call, path.text);
  if (fails(verdict)) return -1;
  if (verdict.action == Verdict::kLie) return 0;
  const int result = static_cast<int>(::syscall(number, fd));
  if (result == 0) {
    struct stat status {};
    ::fstat(fd, &status);
    record({.kind = S_ISDIR(status.st_mode) ? Kind::kSyncEntries : Kind::kSync,
            .descriptor = fd,
            .inode = status.st_ino,
            .path = path.text});
  }
  return result;
}

/// A call on names: made by `make`, recorded as `kind`.
template <typename Make>
int change_names(Call call, Kind kind, const Path& path, const char* second, Make make) {
  if (!is_lasting(path)) return static_cast<int>(make());
  const CallOrder order;
  if (fails(judge(call, path.text))) return -1;
  const int result = static_cast<int>(make());
  if (result == 0) record({.kind = kind, .path = path.text, .second = second});
  return result;
}

Path watched_path(int directory, const char* name) {
  return watched_directory() == nullptr ? Path() : absolute(directory, name);
}

int rename_file(int from_directory, const char* from, int to_directory, const char* to,
                unsigned flags) {
  const Path source = watched_path(from_directory, from);
  const Path target = watched_path(to_directory, to);
  return change_names(kRename, Kind::kRename, source, target.text, [&] {
    return ::syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
  });
}

int remove_name(int directory, const char* name, int flags) {
  return change_names(kUnlink, Kind::kRemove, watched_path(directory, name), nullptr,
                      [&] { return ::syscall(SYS_unlinkat, directory, name, flags); });
}

int make_directory(int directory, const char* name, mode_t mode) {
  return change_names(kMakeDirectory, Kind::kMakeDirectory, watched_path(directory, name), nullptr,
                      [&] { return ::syscall(SYS_mkdirat, directory, name, mode); });
}

int link_file(int from_directory, const char* from, int to_directory, const char* to, int flags) {
  const Path source = watched_path(from_directory, from);
  const Path target = watched_path(to_directory, to);
  return change_names(kLink, Kind::kLink, source, target.text, [&] {
    return ::syscall(SYS_linkat, from_directory, from, to_directory, to, flags);
  });
}

mode_t mode_from(int flags, va_list arguments) {
  const bool is_given = (flags & (O_CREAT | O_TMPFILE)) != 0;
  return is_given ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
}

}  // namespace
}  // namespace hookspool::preload

using namespace hookspool::preload;

// Some of these are macros for, or declared as, the same function under another name.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wattributes"
#define HOOKSPOOL_CALL extern "C" __attribute__((visibility("default")))

HOOKSPOOL_CALL int open(const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_from(flags, arguments);
  va_end(arguments);
  return open_file(AT_FDCWD, name, flags, mode);
}

HOOKSPOOL_CALL int open64(const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_from(flags, arguments);
  va_end(arguments);
  return open_file(AT_FDCWD, name, flags, mode);
}

HOOKSPOOL_CALL int openat(int directory, const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_from(flags, arguments);
  va_end(arguments);
  return open_file(directory, name, flags, mode);
}

HOOKSPOOL_CALL int openat64(int directory, const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_from(flags, arguments);
  va_end(arguments);
  return open_file(directory, name, flags, mode);
}

HOOKSPOOL_CALL int creat(const char* name, mode_t mode) {
  return open_file(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

HOOKSPOOL_CALL int creat64(const char* name, mode_t mode) {
  return open_file(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

HOOKSPOOL_CALL ssize_t write(int fd, const void* data, size_t length) {
  return write_somewhere(fd, data, length);
}

/// What writev(2) may do anyway: the first part that holds something, as a short write.
HOOKSPOOL_CALL ssize_t writev(int fd, const iovec* parts, int count) {
  if (watched_directory() == nullptr || !is_lasting(of_descriptor(fd))) {
    return ::syscall(SYS_writev, fd, parts, count);
  }
  for (int i = 0; i < count; ++i) {
    if (parts[i].iov_len > 0) return write_somewhere(fd, parts[i].iov_base, parts[i].iov_len);
  }
  return 0;
}

HOOKSPOOL_CALL ssize_t pwrite(int fd, const void* data, size_t length, off_t offset) {
  return write_at(fd, data, length, offset);
}

HOOKSPOOL_CALL ssize_t pwrite64(int fd, const void* data, size_t length, off64_t offset) {
  return write_at(fd, data, length, offset);
}

HOOKSPOOL_CALL ssize_t send(int fd, const void* data, size_t length, int flags) {
  const ssize_t sent = ::syscall(SYS_sendto, fd, data, length, flags, nullptr, 0);
  if (watched_directory() != nullptr) record_transfer(Kind::kSend, fd, data, sent);
  return sent;
}

HOOKSPOOL_CALL ssize_t recv(int fd, void* data, size_t length, int flags) {
  const ssize_t received = ::syscall(SYS_recvfrom, fd, data, length, flags, nullptr, nullptr);
  const bool is_taken = (flags & MSG_PEEK) == 0;
  if (watched_directory() != nullptr && is_taken) {
    record_transfer(Kind::kReceive, fd, data, received);
  }
  return received;
}

HOOKSPOOL_CALL int ftruncate(int fd, off_t length) noexcept {
  return truncate_to(fd, length);
}

HOOKSPOOL_CALL int ftruncate64(int fd, off64_t length) noexcept {
  return truncate_to(fd, length);
}

HOOKSPOOL_CALL int fsync(int fd) {
  return sync(fd, kFsync);
}

HOOKSPOOL_CALL int fdatasync(int fd) {
  return sync(fd, kFdatasync);
}

HOOKSPOOL_CALL int rename(const char* from, const char* to) noexcept {
  return rename_file(AT_FDCWD, from, AT_FDCWD, to, 0);
}

HOOKSPOOL_CALL int renameat(int from_directory, const char* from, int to_directory,
                            const char* to) noexcept {
  return rename_file(from_directory, from, to_directory, to, 0);
}

HOOKSPOOL_CALL int renameat2(int from_directory, const char* from, int to_directory, const char* to,
                             unsigned flags) noexcept {
  return rename_file(from_directory, from, to_directory, to, flags);
}

HOOKSPOOL_CALL int unlink(const char* name) noexcept {
  return remove_name(AT_FDCWD, name, 0);
}

HOOKSPOOL_CALL int unlinkat(int directory, const char* name, int flags) noexcept {
  return remove_name(directory, name, flags);
}

HOOKSPOOL_CALL int rmdir(const char* name) noexcept {
  return remove_name(AT_FDCWD, name, AT_REMOVEDIR);
}

HOOKSPOOL_CALL int mkdir(const char* name, mode_t mode) noexcept {
  return make_directory(AT_FDCWD, name, mode);
}

HOOKSPOOL_CALL int mkdirat(int directory, const char* name, mode_t mode) noexcept {
  return make_directory(directory, name, mode);
}

HOOKSPOOL_CALL int link(const char* from, const char* to) noexcept {
  return link_file(AT_FDCWD, from, AT_FDCWD, to, 0);
}

HOOKSPOOL_CALL int linkat(int from_directory, const char* from, int to_directory, const char* to,
                          int flags) noexcept {
  return link_file(from_directory, from, to_directory, to, flags);
}

#pragma GCC diagnostic pop
