#include "preload/recorder.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace hookspool::preload {
namespace {

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/// Far from the numbers that programs look at, and gone in what they execute.
int open_record() {
  const char* file = std::getenv("HOOKSPOOL_CALLS_RECORD");
  if (file == nullptr) return -1;
  const int fd = static_cast<int>(
      ::syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  constexpr int kFirstNumber = 700;
  const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, kFirstNumber);
  if (moved < 0) ::abort();
  ::syscall(SYS_close, fd);
  return moved;
}

int record_file() {
  static const int fd = open_record();
  return fd;
}

std::uint32_t length_of(const char* text) {
  return text == nullptr ? 0 : static_cast<std::uint32_t>(std::strlen(text));
}

}  // namespace

const char* watched_directory() {
  static const char* const directory = std::getenv("HOOKSPOOL_CALLS_BELOW");
  return directory;
}

CallOrder::CallOrder() : error_number_before_(errno) {
  ::pthread_mutex_lock(&mutex);
  if (record_file() >= 0) {
    while (::flock(record_file(), LOCK_EX) != 0 && errno == EINTR) continue;
  }
  errno = error_number_before_;
}

CallOrder::~CallOrder() {
  const int error_number = errno;
  if (record_file() >= 0) ::flock(record_file(), LOCK_UN);
  ::pthread_mutex_unlock(&mutex);
  errno = error_number;
}

void record(const Entry& entry) {
  if (record_file() < 0) return;
  const int error_number = errno;
  EntryHeader header{};
  header.magic = kMagic;
  header.kind = entry.kind;
  header.process = ::getpid();
  header.descriptor = entry.descriptor;
  header.inode = entry.inode;
  header.offset = entry.offset;
  header.path_length = length_of(entry.path);
  header.second_length = length_of(entry.second);
  header.data_length = entry.length;
  const iovec parts[] = {{&header, sizeof header},
                         {const_cast<char*>(entry.path), header.path_length},
                         {const_cast<char*>(entry.second), header.second_length},
                         {const_cast<void*>(entry.data), entry.length}};
  const std::size_t whole =
      sizeof header + header.path_length + header.second_length + entry.length;
  const long written = ::syscall(SYS_writev, record_file(), parts, 4);
  // A record with a gap would prove things that are not so.
  if (written != static_cast<long>(whole)) ::abort();
  errno = error_number;
}

}  // namespace hookspool::preload
