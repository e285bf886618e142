#include "ctl/open_in_browser.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/log.h"

namespace hookspool::ctl {

void open_in_browser(const std::string& address) {
  std::string program = "xdg-open";
  std::string argument = address;
  std::array<char*, 3> arguments{program.data(), argument.data(), nullptr};
  posix_spawn_file_actions_t silent;
  ::posix_spawn_file_actions_init(&silent);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::posix_spawn_file_actions_addopen(&silent, fd, "/dev/null", O_RDWR, 0);
  }
  pid_t pid = 0;
  const int error =
      ::posix_spawnp(&pid, program.c_str(), &silent, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&silent);
  if (error != 0) {
    log::warning(std::string("cannot run xdg-open: ") + std::strerror(error) +
                 "; open the address by hand");
  }
}

}  // namespace hookspool::ctl
