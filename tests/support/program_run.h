#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace hookspool::test {

/// A program of this project as it was built: in $HOOKSPOOL_BUILD, or in build/.
std::filesystem::path built_program(const std::string& name);

/// How a program ended, and what it wrote.
struct ProgramRun {
  int exit_code = 0;  ///< 128 + the signal that ended it
  std::string output;
  std::string errors;
};

/// Runs a program to its end, with `input` as its standard input and `environment` added to ours.
ProgramRun run_program(const std::vector<std::string>& command, const std::string& input = "",
                       const std::map<std::string, std::string>& environment = {});

/// Runs a program on a terminal of its own: waits until it has written `prompt`, types `typed`, and
/// waits for its end. Without a prompt nothing is typed. `output` is what the terminal showed,
/// echoed keys and standard error included.
ProgramRun run_on_terminal(const std::vector<std::string>& command, const std::string& prompt = "",
                           const std::string& typed = "",
                           const std::map<std::string, std::string>& environment = {});

/// What the terminal is waited for to show, and what is typed then.
using Dialogue = std::vector<std::pair<std::string, std::string>>;

/// The same with several prompts, one after the other.
ProgramRun run_dialogue(const std::vector<std::string>& command, const Dialogue& dialogue,
                        const std::map<std::string, std::string>& environment = {});

}  // namespace hookspool::test
