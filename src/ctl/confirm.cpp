#include "ctl/confirm.h"

#include <unistd.h>

#include <iostream>

#include "base/error.h"

namespace hookspool::ctl {

void confirm(const std::string& question) {
  if (::isatty(STDIN_FILENO) != 1) {
    throw Error(ExitCode::kUsage, "nobody is there to be asked; --yes says that it is meant");
  }
  std::cerr << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "y" && answer != "Y" && answer != "yes") {
    throw Error(ExitCode::kNoPermission, "nothing was changed");
  }
}

}  // namespace hookspool::ctl
