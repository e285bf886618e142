#include "receiver/sandbox.h"

#include <sys/prctl.h>

#include <string>
#include <system_error>

#include "base/log.h"
#include "base/random_bytes.h"
#include "base/sanitizer.h"
#include "receiver/landlock.h"
#include "receiver/system_call_filter.h"

namespace hookspool::receiver {
namespace {

/// The sanitizers' own threads and reports need what is taken here.
constexpr bool kInstrumented = HOOKSPOOL_HAS_SANITIZER == 1;

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

/// The nearest directory above `path` that is there.
std::filesystem::path directory_above(const std::filesystem::path& path) {
  std::filesystem::path directory = std::filesystem::absolute(path).parent_path();
  while (directory.has_relative_path() && !is_there(directory)) {
    directory = directory.parent_path();
  }
  return directory;
}

FileAccess access_of_server(const std::filesystem::path& spool,
                            const std::filesystem::path& socket) {
  FileAccess access{{directory_above(spool)}, {}, {}};
  std::error_code ignored;
  // A spool elsewhere, to which a symbolic link leads.
  const auto real = std::filesystem::weakly_canonical(spool, ignored);
  if (!real.empty()) access.writable.push_back(directory_above(real));
  if (!socket.empty()) access.removable.push_back(std::filesystem::absolute(socket).parent_path());
  return access;
}

/// What it runs can become nobody else by a set-user-id bit. This every kernel can, whatever is
/// missing of the rest, and the rest needs it.
void gain_no_privileges() {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void tell_what_is_missing(const std::string& what) {
  log::info("serving without the kernel's " + what +
            ", which is not to be had here: the receiver could do more than its work");
}

}  // namespace

void enter_sandbox(const std::filesystem::path& spool, const std::filesystem::path& socket) {
  if (kInstrumented) return;
  prepare_random();
  // Its memory is not for other programs of the same user, and goes into no core dump.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  gain_no_privileges();
  if (!restrict_files(access_of_server(spool, socket))) tell_what_is_missing("Landlock");
  if (!filter_system_calls()) tell_what_is_missing("seccomp");
}

void enter_sandbox_for_one_request(const std::filesystem::path& spool) {
  if (kInstrumented) return;
  prepare_random();
  gain_no_privileges();
  // The request that makes the spool has to reach the directory above it.
  if (!is_there(spool)) return;
  restrict_files({{spool}, {directory_above(spool)}, {}});
}

}  // namespace hookspool::receiver
