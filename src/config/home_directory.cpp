#include "config/home_directory.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace hookspool::config {
namespace {

constexpr long kEnoughForAnEntry = 16 * 1024;

}  // namespace

std::filesystem::path home_directory() {
  const long suggested = ::sysconf(_SC_GETPW_R_SIZE_MAX);
  std::vector<char> buffer(static_cast<std::size_t>(std::max(suggested, kEnoughForAnEntry)));
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr && found->pw_dir != nullptr) {
    return found->pw_dir;
  }
  const char* const home = std::getenv("HOME");
  return home == nullptr ? "" : home;
}

}  // namespace hookspool::config
