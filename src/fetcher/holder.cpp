#include "fetcher/holder.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <sstream>
#include <string_view>
#include <system_error>

#include "base/error.h"
#include "base/file_content.h"

namespace hookspool::fetcher {
namespace {

std::string content_or_nothing(const std::string& path) {
  try {
    return read_file(path);
  } catch (const SystemError&) {
    return "";
  }
}

/// What process ids are counted in: this boot of this machine, and of its containers this one.
/// Host names do not tell, since containers and cloned machines share them.
std::string domain() {
  std::string boot_id = content_or_nothing("/proc/sys/kernel/random/boot_id");
  boot_id.resize(boot_id.find_last_not_of('\n') + 1);
  std::error_code error;
  const auto space = std::filesystem::read_symlink("/proc/self/ns/pid", error);  // pid:[4026531836]
  return boot_id + "/" + space.string() + "/";
}

/// When the process began, in clock ticks from the machine's start (proc(5), field 22 of stat);
/// empty if that cannot be seen.
std::string start_of(pid_t process) {
  const std::string stat = content_or_nothing("/proc/" + std::to_string(process) + "/stat");
  // The program's name, in parentheses, may hold spaces.
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string field;
  constexpr int kFieldsAfterName = 20;
  for (int i = 0; i < kFieldsAfterName; ++i) fields >> field;
  return field;
}

}  // namespace

std::string make_holder() {
  return domain() + std::to_string(::getpid()) + "@" + start_of(::getpid());
}

bool is_gone(const std::string& holder) {
  const std::string here = domain();
  if (!holder.starts_with(here)) return false;
  const std::string_view process = std::string_view(holder).substr(here.size());
  pid_t id = 0;
  const char* const end = process.data() + process.size();
  const auto [stop, error] = std::from_chars(process.data(), end, id);
  if (error != std::errc{} || stop == end || *stop != '@' || id <= 0) return false;
  if (::kill(id, 0) != 0 && errno == ESRCH) return true;
  // The id may have gone to another process.
  const std::string start = start_of(id);
  return !start.empty() && start != std::string_view(stop + 1, end);
}

}  // namespace hookspool::fetcher
