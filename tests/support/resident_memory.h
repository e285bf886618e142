#pragma once

#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>

namespace hookspool::test {

/// Of this process, in bytes.
struct ResidentMemory {
  std::size_t now = 0;
  std::size_t most = 0;  ///< since forget_most_resident_memory()
};

inline ResidentMemory resident_memory() {
  ResidentMemory memory;
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::size_t kibibytes = 0;
    if (word == "VmRSS:" && status >> kibibytes) memory.now = kibibytes * 1024;
    if (word == "VmHWM:" && status >> kibibytes) memory.most = kibibytes * 1024;
  }
  return memory;
}

inline void forget_most_resident_memory() {
  // See proc(5).
  if (!(std::ofstream("/proc/self/clear_refs") << "5" << std::flush)) {
    throw std::runtime_error("/proc/self/clear_refs cannot be written");
  }
}

}  // namespace hookspool::test
