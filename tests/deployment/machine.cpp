#include "deployment/machine.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "base/file_content.h"
#include "deployment/namespaces.h"

namespace hookspool::deployment {
namespace {

bool uses_the_disk = false;

void mount_at(const char* source, const std::filesystem::path& target, const char* type,
              unsigned long flags, const std::string& options = "") {
  std::filesystem::create_directories(target);
  if (::mount(source, target.c_str(), type, flags, options.c_str()) != 0) {
    throw std::runtime_error("cannot mount " + target.string() + ": " + std::strerror(errno));
  }
}

}  // namespace

void Machine::use_the_disk() {
  uses_the_disk = true;
}

Machine::Machine(const std::filesystem::path& lower) : root_(directory_ / "root") {
  // Apache's shared memory outlives it, and has a key that another Apache may choose, too.
  ::unshare(CLONE_NEWIPC);
  // Users other than root have to get through.
  ::chmod(directory_.path().c_str(), 0755);
  const std::filesystem::path memory = directory_ / "memory";
  if (!uses_the_disk) mount_at("tmpfs", memory, "tmpfs", 0, "mode=755");
  std::filesystem::create_directories(memory / "upper");
  std::filesystem::create_directories(memory / "work");
  mount_at("overlay", root_, "overlay", 0,
           "lowerdir=" + lower.string() + ",upperdir=" + (memory / "upper").string() +
               ",workdir=" + (memory / "work").string());
  mount_at("proc", root_ / "proc", "proc", 0);
  mount_at("/dev", root_ / "dev", nullptr, MS_BIND | MS_REC);
  mount_at("tmpfs", root_ / "run", "tmpfs", 0, "mode=755");
  mount_at("tmpfs", root_ / "tmp", "tmpfs", 0, "mode=1777");
  std::filesystem::create_directories(root_ / "run/lock");
}

Machine::~Machine() {
  end_all_processes();
  ::umount2(root_.c_str(), MNT_DETACH);
  ::umount2((directory_ / "memory").c_str(), MNT_DETACH);
}

std::filesystem::path Machine::path(const std::filesystem::path& inside) const {
  return root_ / inside.relative_path();
}

std::string Machine::read(const std::filesystem::path& inside) const {
  return read_file(path(inside));
}

void Machine::write(const std::filesystem::path& inside, const std::string& content) const {
  std::filesystem::create_directories(path(inside).parent_path());
  std::ofstream(path(inside)) << content;
}

Machine::Command Machine::there(const Command& command) const {
  // A process group of its own, and a clean environment, as services and cron have it.
  Command whole{"setsid",    "chroot",
                root_,       "env",
                "-i",        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME=/root"};
  whole.insert(whole.end(), command.begin(), command.end());
  return whole;
}

e2e::Finished Machine::run(const Command& command, const std::string& input) const {
  return e2e::run(there(command), input);
}

std::string Machine::must(const Command& command, const std::string& input) const {
  const e2e::Finished finished = run(command, input);
  if (finished.exit_code != 0) {
    std::string line;
    for (const std::string& word : command) line += word + " ";
    throw std::runtime_error(line + "ended with " + std::to_string(finished.exit_code) + ": " +
                             finished.errors + finished.output);
  }
  return finished.output;
}

e2e::Program Machine::start(const Command& command, const std::string& log,
                            int listening_socket) const {
  return {there(command), path("/tmp/" + log), listening_socket};
}

std::vector<pid_t> Machine::processes(const std::string& name) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::string comm;
    std::getline(std::ifstream(entry.path() / "comm") >> std::ws, comm);
    // One that has ended and that nobody has looked after yet runs no program any more.
    std::error_code unknown;
    const bool runs = !std::filesystem::read_symlink(entry.path() / "exe", unknown).empty();
    if (comm == name.substr(0, 15) && runs) found.push_back(std::stoi(pid));
  }
  return found;
}

Machine::Command as_user(const std::string& user, const Machine::Command& command) {
  Machine::Command whole{"setpriv", "--reuid=" + user,  "--regid=" + user, "--init-groups",
                         "env",     "HOME=/nonexistent"};
  whole.insert(whole.end(), command.begin(), command.end());
  return whole;
}

}  // namespace hookspool::deployment
