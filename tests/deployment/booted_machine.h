#pragma once

#include "deployment/machine.h"

namespace hookspool::deployment {

/// A machine on which systemd runs, as a container of systemd-nspawn that shares our network.
class BootedMachine {
 public:
  /// Boots it, and waits until systemd takes orders. `machine` must outlive this, and runs nothing
  /// by itself any more.
  explicit BootedMachine(const Machine& machine);

  /// Runs a command there to its end.
  e2e::Finished run(const Machine::Command& command, const std::string& input = "") const;
  /// The same, for one that must succeed; its output. \throws std::runtime_error
  std::string must(const Machine::Command& command, const std::string& input = "") const;

 private:
  e2e::Program container_;
  pid_t first_process_ = -1;
};

}  // namespace hookspool::deployment
