#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace hookspool::power_loss {

/// How the programs of this project run below tests/preload.
struct Watch {
  std::filesystem::path below;        ///< whose files are looked at
  std::filesystem::path record = {};  ///< empty: nothing is recorded
  std::string faults = {};            ///< rules as tests/preload/rules.h explains them
};

/// What to add to a program's environment.
std::map<std::string, std::string> environment_of(const Watch& watch);

/// The command that runs another one so.
std::vector<std::string> watched(const Watch& watch, const std::vector<std::string>& command);

}  // namespace hookspool::power_loss
