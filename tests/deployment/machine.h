#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "e2e/program.h"
#include "support/temporary_directory.h"

namespace hookspool::deployment {

/// The root file system of another machine: `lower` with all that is installed there, to which
/// changes are made in memory alone. Needs namespaces of its own. At its end everything that runs
/// is ended, whoever started it.
class Machine {
 public:
  explicit Machine(const std::filesystem::path& lower = "/");
  /// From now on changes to a machine go to the disk that temporary directories are on: for whoever
  /// measures what writing durably costs.
  static void use_the_disk();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine();

  /// The place of `inside`, which is absolute, as the test sees it.
  std::filesystem::path path(const std::filesystem::path& inside) const;

  std::string read(const std::filesystem::path& inside) const;
  /// With the directories above it.
  void write(const std::filesystem::path& inside, const std::string& content) const;

  using Command = std::vector<std::string>;
  /// Runs a command there to its end.
  e2e::Finished run(const Command& command, const std::string& input = "") const;
  /// The same, for one that must succeed; its output. \throws std::runtime_error
  std::string must(const Command& command, const std::string& input = "") const;
  /// What runs there beside the test, in a process group of its own; its output goes to /tmp/`log`.
  e2e::Program start(const Command& command, const std::string& log,
                     int listening_socket = -1) const;

  /// The processes whose program has that name.
  static std::vector<pid_t> processes(const std::string& name);

 private:
  Command there(const Command& command) const;

  test::TemporaryDirectory directory_;
  std::filesystem::path root_;
};

/// `command` as that user, with all the user's groups.
Machine::Command as_user(const std::string& user, const Machine::Command& command);

}  // namespace hookspool::deployment
