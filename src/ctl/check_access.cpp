#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>

#include "base/descriptor.h"
#include "base/error.h"
#include "ctl/diagnosis.h"
#include "spool/layout.h"

namespace hookspool::ctl {
namespace {

constexpr const char* kSubject = "access";

User from_entry(const passwd& entry) {
  return {entry.pw_name, entry.pw_uid, entry.pw_gid};
}

/// Tries `attempt`, which returns an errno or 0, in a child that has become `user`.
int attempt_as(const User& user, const std::function<int()>& attempt) {
  const pid_t pid = ::fork();
  if (pid < 0) throw SystemError("start a process", errno);
  if (pid == 0) {
    const bool is_user = ::initgroups(user.name.c_str(), user.gid) == 0 &&
                         ::setgid(user.gid) == 0 && ::setuid(user.uid) == 0;
    ::_exit(is_user ? attempt() : errno);
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

int open_and_close(const std::filesystem::path& path, int flags) {
  const Descriptor file(::open(path.c_str(), flags | O_CLOEXEC));
  return file ? 0 : errno;
}

int make_and_remove(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / ".doctor";
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR));
  if (!file) return errno;
  return ::unlink(path.c_str()) == 0 ? 0 : errno;
}

/// One user's attempts, as findings.
class Attempts {
 public:
  Attempts(const User& user, Findings& findings) : user_(user), findings_(findings) {}

  void read(const std::filesystem::path& path) {
    attempt(path, "read", [&] { return open_and_close(path, O_RDONLY); });
  }
  /// Nothing if it does not exist.
  void write(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path)) return;
    attempt(path, "write", [&] { return open_and_close(path, O_RDWR); });
  }
  void write_in(const std::filesystem::path& directory) {
    if (!std::filesystem::exists(directory)) return;
    attempt(directory, "make files in", [&] { return make_and_remove(directory); });
  }
  void must_not_read(const std::filesystem::path& path) {
    if (attempt_as(user_, [&] { return open_and_close(path, O_RDONLY); }) != 0) return;
    findings_.push_back(
        {Level::kWarning, kSubject,
         user_.name + " can read " + path.string() + ", which the receiver has no use for",
         "let only the fetcher's user read it"});
  }
  bool all_went_well() const { return well_; }

 private:
  void attempt(const std::filesystem::path& path, const std::string& what,
               const std::function<int()>& attempt) {
    const int error = attempt_as(user_, attempt);
    if (error == 0) return;
    well_ = false;
    findings_.push_back(
        {Level::kFault, kSubject,
         user_.name + " cannot " + what + " " + path.string() + ": " + std::strerror(error),
         "chown or chmod it, and see that " + user_.name +
             " may pass through every directory above it"});
  }

  const User& user_;
  Findings& findings_;
  bool well_ = true;
};

void try_spool(Attempts& attempts, const spool::Layout& layout) {
  attempts.write_in(layout.root());
  attempts.write_in(layout.sealed());
  attempts.write(layout.lock());
  attempts.write(layout.current());
}

}  // namespace

User user_named(const std::string& name) {
  const passwd* const entry = ::getpwnam(name.c_str());
  if (entry == nullptr) throw Error(ExitCode::kUsage, "there is no user " + name);
  return from_entry(*entry);
}

bool is_member(const User& user, gid_t group) {
  int count = 0;
  ::getgrouplist(user.name.c_str(), user.gid, nullptr, &count);
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  ::getgrouplist(user.name.c_str(), user.gid, groups.data(), &count);
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

std::optional<User> owner_of_first(const std::vector<std::filesystem::path>& files) {
  for (const auto& file : files) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) continue;
    const passwd* const entry = ::getpwuid(status.st_uid);
    if (entry != nullptr) return from_entry(*entry);
  }
  return std::nullopt;
}

Findings check_access(Context& context, const User& receiver, const User& fetcher) {
  Findings findings;
  const config::ConfigFile& file = context.config();
  const spool::Layout layout(file.spool());
  Attempts of_receiver(receiver, findings);
  of_receiver.read(file.path());
  for (const auto& secret : file.secret_files("receiver")) of_receiver.read(secret);
  try_spool(of_receiver, layout);

  Attempts of_fetcher(fetcher, findings);
  of_fetcher.read(file.path());
  for (const auto& secret : file.secret_files("strava")) {
    of_fetcher.read(secret);
    if (receiver.uid != fetcher.uid) of_receiver.must_not_read(secret);
  }
  try_spool(of_fetcher, layout);
  const std::filesystem::path database = store::database_file(file.store().url);
  of_fetcher.write_in(database.parent_path());
  of_fetcher.write(database);

  if (of_receiver.all_went_well() && of_fetcher.all_went_well()) {
    findings.push_back(
        {Level::kOk, kSubject,
         receiver.name + " (receiver) and " + fetcher.name + " (fetcher) can reach what they need",
         ""});
  }
  return findings;
}

}  // namespace hookspool::ctl
