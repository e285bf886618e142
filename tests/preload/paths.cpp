#include "preload/paths.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "preload/recorder.h"

namespace hookspool::preload {
namespace {

void read_link(const char* link, Path& path) {
  const long length = ::syscall(SYS_readlinkat, AT_FDCWD, link, path.text, PATH_MAX - 1);
  path.text[length < 0 ? 0 : length] = '\0';
}

}  // namespace

Path of_descriptor(int fd) {
  const int error_number = errno;
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  Path path;
  read_link(link, path);
  errno = error_number;
  return path;
}

Path absolute(int directory, const char* path) {
  const int error_number = errno;
  Path result;
  if (path[0] != '/') {
    if (directory == AT_FDCWD) {
      read_link("/proc/self/cwd", result);
    } else {
      result = of_descriptor(directory);
    }
    std::strcat(result.text, "/");
  }
  std::strncat(result.text, path, PATH_MAX - 1);
  errno = error_number;
  return result;
}

bool is_watched(const Path& path) {
  const char* directory = watched_directory();
  if (directory == nullptr) return false;
  const std::size_t length = std::strlen(directory);
  return std::strncmp(path.text, directory, length) == 0 &&
         (path.text[length] == '/' || path.text[length] == '\0');
}

bool is_lasting(const Path& path) {
  constexpr char kShared[] = "-shm";
  const std::size_t length = std::strlen(path.text);
  const bool shared = length >= 4 && std::strcmp(path.text + length - 4, kShared) == 0;
  return !shared && is_watched(path);
}

}  // namespace hookspool::preload
