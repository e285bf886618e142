#include "ctl/installation.h"

#include <cstdlib>
#include <sstream>
#include <system_error>

namespace hookspool::ctl {

std::filesystem::path program_directory() {
  std::error_code unknown;
  const auto executable = std::filesystem::read_symlink("/proc/self/exe", unknown);
  const std::filesystem::path directory = executable.parent_path();
  // scripts/launcher.sh starts the dynamic loader, which has a program's name in lib/run/.
  const bool is_bundle =
      directory.filename() == "run" && directory.parent_path().filename() == "lib";
  return is_bundle ? directory.parent_path().parent_path() : directory;
}

std::string command_name(const std::string& program) {
  const std::filesystem::path directory = program_directory();
  const char* const search_path = std::getenv("PATH");
  std::istringstream entries(search_path == nullptr ? "" : search_path);
  for (std::string entry; std::getline(entries, entry, ':');) {
    std::error_code is_missing;
    if (std::filesystem::equivalent(entry, directory, is_missing)) return program;
  }
  return (directory / program).string();
}

std::filesystem::path receiver_directory() {
  const std::filesystem::path beside = program_directory();
  std::error_code unknown;
  if (std::filesystem::exists(beside / "hookspool.fcgi", unknown)) return beside;
  return beside.parent_path() / "lib/hookspool";
}

}  // namespace hookspool::ctl
