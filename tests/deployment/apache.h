#pragma once

#include <string>
#include <vector>

#include "deployment/machine.h"

namespace hookspool::deployment {

// Debian's Apache.

/// What runs FastCGI and CGI programs. The packages enable what they bring, and mod_fcgid takes
/// every file that ends with .fcgi: a way that is to be tried must be the only one.
inline const std::vector<std::string> kGateways{"fcgid", "cgid", "cgi", "proxy_fcgi"};

inline const Machine::Command kApacheInForeground{"apachectl", "-D", "FOREGROUND"};

inline void enable(const Machine& machine, const std::vector<std::string>& modules) {
  // One that is not installed is complained of.
  for (const std::string& gateway : kGateways) machine.run({"a2dismod", "--quiet", "-f", gateway});
  Machine::Command command{"a2enmod", "--quiet"};
  command.insert(command.end(), modules.begin(), modules.end());
  machine.must(command);
}

}  // namespace hookspool::deployment
