#include <cstdlib>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "config/config_file.h"
#include "config/home_directory.h"

namespace hookspool::config {
namespace {

constexpr const char* kSystemWide = "/etc/hookspool/hookspool.toml";

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
