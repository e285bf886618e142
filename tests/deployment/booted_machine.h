#pragma once

#include <stdexcept>

#include "deployment/machine.h"

namespace hookspool::deployment {

/// That systemd does not come up, as where it may not have control groups.
class CannotBoot : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A machine on which systemd runs, as a container of systemd-nspawn that shares our network.
class BootedMachine {
 public:
  /// Boots it, and waits until systemd takes orders. `machine` must outlive this, and runs nothing
  /// by itself any more. \throws CannotBoot
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
