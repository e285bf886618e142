#include <sys/statvfs.h>

#include <cerrno>
#include <cstdint>

#include "base/error.h"
#include "ctl/diagnosis.h"

namespace hookspool::ctl {
namespace {

/// An event takes some 600 bytes; an activity, in the store, some 100 KB.
constexpr std::uintmax_t kLittleRoom = 200UL * 1024 * 1024;
constexpr std::uintmax_t kNoRoom = 10UL * 1024 * 1024;
constexpr std::uintmax_t kFewFiles = 1000;

}  // namespace

Finding check_room(const std::string& subject, const std::filesystem::path& directory) {
  struct statvfs status {};
  if (::statvfs(directory.c_str(), &status) != 0) {
    throw SystemError("ask how full the disk of " + directory.string() + " is", errno);
  }
  const std::uintmax_t room = static_cast<std::uintmax_t>(status.f_bavail) * status.f_frsize;
  constexpr std::uintmax_t kMebi = 1024UL * 1024;
  const std::string text = std::to_string(room / kMebi) + " MiB are free";
  // File systems that make inodes as they need them tell of none.
  const bool few_files = status.f_files > 0 && status.f_favail < kFewFiles;
  if (room < kNoRoom) {
    return {Level::kFault, subject, text, "make room: the disk is full, and takes nothing more"};
  }
  if (few_files) {
    return {Level::kWarning, subject, "few inodes are free", "remove files from that disk"};
  }
  if (room < kLittleRoom) {
    return {Level::kWarning, subject, text, "make room before the disk is full"};
  }
  return {Level::kOk, subject, text, ""};
}

}  // namespace hookspool::ctl
