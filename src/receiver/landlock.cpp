#include "receiver/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "base/descriptor.h"

namespace hookspool::receiver {
namespace {

/// The first version of the interface that lets a file be moved into another directory.
constexpr long kFirstWithRefer = 2;
/// The first that knows truncation as a right of its own, which headers before Linux 6.2 do not
/// have.
constexpr long kFirstWithTruncate = 3;
constexpr std::uint64_t kTruncate = 1ULL << 14;

constexpr std::uint64_t kSpoolRights =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_REFER;

constexpr std::uint64_t kDenied = kSpoolRights | LANDLOCK_ACCESS_FS_EXECUTE |
                                  LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                  LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                  LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

// The C library has no functions for these.

long interface_version() {
  return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

Descriptor new_ruleset(std::uint64_t handled) {
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = handled;
  return Descriptor(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
}

/// True also if there is no such directory.
bool allow(const Descriptor& ruleset, const std::vector<std::filesystem::path>& directories,
           std::uint64_t rights) {
  for (const std::filesystem::path& directory : directories) {
    const Descriptor opened(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!opened) continue;
    landlock_path_beneath_attr rule{};
    rule.allowed_access = rights;
    rule.parent_fd = opened.get();
    if (::syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
      return false;
  }
  return true;
}

}  // namespace

bool restrict_files(const FileAccess& access) {
  const long version = interface_version();
  if (version < kFirstWithRefer) return false;
  const std::uint64_t truncate = version >= kFirstWithTruncate ? kTruncate : 0;
  const Descriptor ruleset = new_ruleset(kDenied | truncate);
  if (!ruleset) return false;
  if (!allow(ruleset, access.writable, kSpoolRights | truncate) ||
      !allow(ruleset, access.listable, LANDLOCK_ACCESS_FS_READ_DIR) ||
      !allow(ruleset, access.removable, LANDLOCK_ACCESS_FS_REMOVE_FILE)) {
    return false;
  }
  return ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) == 0;
}

}  // namespace hookspool::receiver
