#pragma once

#include <string>
#include <vector>

#include "deployment/machine.h"

namespace hookspool::deployment {

// Debian's Apache.

inline const Machine::Command kApacheInForeground{"apachectl", "-D", "FOREGROUND"};

inline void enable(const Machine& machine, const std::vector<std::string>& modules) {
  Machine::Command command{"a2enmod", "--quiet"};
  command.insert(command.end(), modules.begin(), modules.end());
  machine.must(command);
}

}  // namespace hookspool::deployment
