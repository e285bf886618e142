#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/utsname.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/error.h"
#include "ctl/diagnosis.h"
#include "spool/layout.h"
#include "spool/permissions.h"

namespace hookspool::ctl {
namespace {

using std::chrono::milliseconds;

constexpr const char* kSubject = "spool";

/// Strava waits two seconds for all; a slower disk leaves nothing for the rest. Some hundred
/// milliseconds are what a busy disk takes now and then.
constexpr milliseconds kTooSlow{1000};
constexpr milliseconds kSlow{500};

std::string mend_for(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "make room: the disk or the quota is full, and events are answered with 503";
    case EROFS:
      return "the file system is mounted read-only; look into the kernel's log";
    case EACCES:
    case EPERM:
      return "give it to the receiver's user: chown, and mode 2770";
    default:
      return "look at the disk; events are answered with 503 meanwhile";
  }
}

/// Writes a file that neither reader nor writer of the spool looks at, and removes it again.
milliseconds try_durable_write(const std::filesystem::path& spool, spool::FileSystem& files) {
  const std::filesystem::path path = spool / ".doctor";
  const auto begun = std::chrono::steady_clock::now();
  try {
    const Descriptor file = files.open(path, O_WRONLY | O_CREAT | O_TRUNC, spool::kFileMode);
    files.write(file.get(), std::string(4096, '\n'));
    files.fdatasync(file.get());
  } catch (...) {
    if (files.identify(path)) files.remove(path);
    throw;
  }
  const auto taken = std::chrono::steady_clock::now() - begun;
  files.remove(path);
  return std::chrono::ceil<milliseconds>(taken);
}

Finding of_time(milliseconds time) {
  const std::string text = "a durable write takes " + std::to_string(time.count()) + " ms";
  if (time > kTooSlow) {
    return {Level::kFault, kSubject, text,
            "Strava waits two seconds for everything; use a faster disk"};
  }
  if (time > kSlow) {
    return {Level::kWarning, kSubject, text,
            "Strava waits two seconds; look what else uses the disk"};
  }
  return {Level::kOk, kSubject, text, ""};
}

/// Nothing is wrong with most.
std::optional<Finding> of_file_system(const std::filesystem::path& spool) {
  struct statfs status {};
  if (::statfs(spool.c_str(), &status) != 0) {
    throw SystemError("ask what kind of file system " + spool.string() + " is on", errno);
  }
  switch (static_cast<unsigned long>(status.f_type)) {
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
      return Finding{Level::kWarning, kSubject, spool.string() + " is in memory",
                     "move it to a disk: a restart of the machine loses what was acknowledged"};
    case NFS_SUPER_MAGIC:
      return Finding{Level::kWarning, kSubject, spool.string() + " is on NFS",
                     "move it to a disk of this machine, or let only this machine use it"};
    default:
      return std::nullopt;
  }
}

std::string kernel_release() {
  utsname names{};
  if (::uname(&names) != 0) throw SystemError("ask for the kernel's release", errno);
  return names.release;
}

}  // namespace

/// https://lwn.net/Articles/724307/ on what Linux 4.13 changed.
std::optional<Finding> check_kernel(const std::string& release) {
  int major = 0;
  int minor = 0;
  if (std::sscanf(release.c_str(), "%d.%d", &major, &minor) != 2) return std::nullopt;
  if (std::pair(major, minor) >= std::pair(4, 13)) return std::nullopt;
  return Finding{Level::kWarning, kSubject,
                 "Linux " + release + " tells only one of several programs of a disk's error",
                 "run the receiver as one process that stays, not as CGI, or update Linux to 4.13: "
                 "where the disk fails, an event could be lost that was acknowledged"};
}

Findings check_spool(const std::filesystem::path& spool, spool::FileSystem& files) {
  try {
    if (!files.identify(spool)) {
      return {{Level::kFault, kSubject, spool.string() + " does not exist",
               "mkdir it, give it to the receiver's user, mode 2770; or run hookspoolctl init"}};
    }
    Findings findings{of_time(try_durable_write(spool, files)), check_room(kSubject, spool)};
    if (const auto finding = of_file_system(spool)) findings.push_back(*finding);
    if (const auto finding = check_kernel(kernel_release())) findings.push_back(*finding);
    return findings;
  } catch (const SystemError& error) {
    return {{Level::kFault, kSubject, error.what(), mend_for(error.error_number())}};
  }
}

}  // namespace hookspool::ctl
