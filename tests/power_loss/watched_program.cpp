#include "power_loss/watched_program.h"

#include "support/program_run.h"

namespace hookspool::power_loss {

std::map<std::string, std::string> environment_of(const Watch& watch) {
  std::map<std::string, std::string> environment{
      {"LD_PRELOAD", test::built_program("libsystem_calls.so")},
      // AddressSanitizer wants to be first, and does without it, too.
      {"ASAN_OPTIONS", "verify_asan_link_order=0"},
      {"HOOKSPOOL_CALLS_BELOW", watch.below}};
  if (!watch.record.empty()) environment["HOOKSPOOL_CALLS_RECORD"] = watch.record;
  if (!watch.faults.empty()) environment["HOOKSPOOL_CALLS_FAULTS"] = watch.faults;
  return environment;
}

std::vector<std::string> watched(const Watch& watch, const std::vector<std::string>& command) {
  std::vector<std::string> whole{"/usr/bin/env"};
  for (const auto& [name, value] : environment_of(watch)) whole.push_back(name + "=" + value);
  whole.insert(whole.end(), command.begin(), command.end());
  return whole;
}

}  // namespace hookspool::power_loss
