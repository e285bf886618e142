#include "deployment/booted_machine.h"

#include <sys/mount.h>

#include <fstream>
#include <optional>

#include "base/file_content.h"

namespace hookspool::deployment {
namespace {

/// The container's systemd, whose process id in there is 1.
std::optional<pid_t> find_first_process() {
  for (const pid_t pid : Machine::processes("systemd")) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("NSpid:") && line.ends_with("\t1")) return pid;
    }
  }
  return std::nullopt;
}

/// systemd-nspawn mounts its own, and refuses to do so upon others.
std::filesystem::path bare_root(const Machine& machine) {
  for (const char* mounted : {"/dev", "/proc", "/run"}) {
    ::umount2(machine.path(mounted).c_str(), MNT_DETACH);
  }
  return machine.path("/");
}

}  // namespace

// A container may call less than a machine of its own, unless told otherwise.
BootedMachine::BootedMachine(const Machine& machine)
    : container_(
          {"systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--console=pipe",
           "--system-call-filter=landlock_create_ruleset landlock_add_rule landlock_restrict_self",
           "--directory", bare_root(machine), "--boot", "systemd.unit=basic.target"},
          machine.path("/tmp/boot.log")) {
  const bool is_up = e2e::eventually([this] {
    const auto found = find_first_process();
    if (!found) return false;
    first_process_ = *found;
    return run({"systemctl", "is-active", "basic.target"}).exit_code == 0;
  });
  if (!is_up) {
    throw CannotBoot("systemd does not boot: " + read_file(machine.path("/tmp/boot.log")));
  }
}

e2e::Finished BootedMachine::run(const Machine::Command& command, const std::string& input) const {
  Machine::Command whole{
      "nsenter",   "--target=" + std::to_string(first_process_),
      "--mount",   "--uts",
      "--ipc",     "--pid",
      "--wd=/",    "env",
      "-i",        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "HOME=/root"};
  whole.insert(whole.end(), command.begin(), command.end());
  return e2e::run(whole, input);
}

std::string BootedMachine::must(const Machine::Command& command, const std::string& input) const {
  const e2e::Finished finished = run(command, input);
  if (finished.exit_code != 0) {
    throw std::runtime_error(command.front() + " ended with " + std::to_string(finished.exit_code) +
                             ": " + finished.errors + finished.output);
  }
  return finished.output;
}

}  // namespace hookspool::deployment
