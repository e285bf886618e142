#include "receiver/sandbox.h"

#include <string>
#include <system_error>

#include "base/log.h"
#include "receiver/landlock.h"
#include "receiver/system_call_filter.h"

namespace hookspool::receiver {
namespace {

/// The sanitizers' own threads and reports need what is taken here.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kInstrumented = true;
#else
constexpr bool kInstrumented = false;
#endif

bool is_there(const std::filesystem::path& spool) {
  std::error_code ignored;
  return std::filesystem::is_directory(spool, ignored);
}

std::filesystem::path directory_of(const std::filesystem::path& file) {
  return file.empty() ? file : std::filesystem::absolute(file).parent_path();
}

void tell_what_is_missing(const std::string& what, const std::string& why) {
  log::info("serving without the kernel's " + what + ", " + why +
            ": the receiver could do more than its work");
}

}  // namespace

bool enter_sandbox(const std::filesystem::path& spool, const std::filesystem::path& socket) {
  if (kInstrumented) return false;
  bool confined = false;
  if (is_there(spool)) {
    confined = restrict_files({spool, directory_of(socket)});
    if (!confined) tell_what_is_missing("Landlock", "which is not to be had here");
  } else {
    tell_what_is_missing("Landlock", "until it is started with a spool that is there");
  }
  if (!filter_system_calls()) tell_what_is_missing("seccomp", "which is not to be had here");
  return confined;
}

void enter_sandbox_for_one_request(const std::filesystem::path& spool) {
  // The request that makes the spool has to reach the directory above it.
  if (!kInstrumented && is_there(spool)) restrict_files({spool, {}});
}

}  // namespace hookspool::receiver
