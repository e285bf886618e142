#include "fetcher/holder.h"

#include <unistd.h>

#include <array>
#include <sstream>
#include <vector>

#include "base/error.h"
#include "base/file_content.h"

namespace hookspool::fetcher {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

/// Clock ticks from the machine's start to the process's (proc(5), field 22 of stat), behind the
/// machine's boot id; empty if there is no such process.
std::string start_of(const std::string& process_id) {
  try {
    const std::string stat = read_file("/proc/" + process_id + "/stat");
    std::string boot_id = read_file("/proc/sys/kernel/random/boot_id");
    boot_id.resize(boot_id.find_last_not_of('\n') + 1);
    // The program's name, in parentheses, may hold spaces.
    std::istringstream fields(stat.substr(stat.rfind(')') + 1));
    std::string field;
    constexpr int kFieldsAfterName = 20;
    for (int i = 0; i < kFieldsAfterName; ++i) fields >> field;
    return boot_id + "-" + field;
  } catch (const SystemError&) {
    return "";
  }
}

}  // namespace

std::string make_holder() {
  const std::string process_id = std::to_string(::getpid());
  return host_name() + ":" + process_id + ":" + start_of(process_id);
}

bool is_gone(const std::string& holder) {
  const std::size_t last = holder.rfind(':');
  const std::size_t first = last == std::string::npos ? last : holder.rfind(':', last - 1);
  if (first == std::string::npos || holder.substr(0, first) != host_name()) return false;
  return start_of(holder.substr(first + 1, last - first - 1)) != holder.substr(last + 1);
}

}  // namespace hookspool::fetcher
