#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "config/config_file.h"

namespace hookspool::config {
namespace {

constexpr const char* kSystemWide = "/etc/hookspool/hookspool.toml";
constexpr long kEnoughForAnEntry = 16 * 1024;

std::filesystem::path home_directory() {
  const long suggested = ::sysconf(_SC_GETPW_R_SIZE_MAX);
  std::vector<char> buffer(static_cast<std::size_t>(std::max(suggested, kEnoughForAnEntry)));
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr || found->pw_dir == nullptr) {
    return {};
  }
  return found->pw_dir;
}

}  // namespace

std::filesystem::path find_config_file(const std::string& given) {
  if (!given.empty()) return given;
  if (const char* named = std::getenv("HOOKSPOOL_CONFIG"); named != nullptr && *named != '\0') {
    return named;
  }
  std::vector<std::filesystem::path> candidates;
  if (const auto home = home_directory(); !home.empty()) {
    candidates.push_back(home / ".config/hookspool/hookspool.toml");
  }
  candidates.emplace_back(kSystemWide);
  std::string looked_at;
  for (const auto& candidate : candidates) {
    std::error_code ignored;
    if (std::filesystem::exists(candidate, ignored)) return candidate;
    looked_at += (looked_at.empty() ? "" : ", ") + candidate.string();
  }
  throw ConfigurationError("no hookspool.toml found (looked for " + looked_at +
                           "); name one with --config FILE or in $HOOKSPOOL_CONFIG");
}

}  // namespace hookspool::config
