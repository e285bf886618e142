#include "receiver/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <functional>
#include <future>
#include <set>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/sanitizer.h"
#include "receiver/landlock.h"
#include "receiver/system_call_filter.h"
#include "spool/journal.h"
#include "spool/permissions.h"
#include "spool/record.h"
#include "support/old_kernel.h"
#include "support/temporary_directory.h"

namespace hookspool::receiver {
namespace {

/// Whether `body` returned true in a process of its own, since nobody leaves a sandbox.
bool holds_in_child(const std::function<bool()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    bool holds = false;
    try {
      holds = body();
    } catch (const std::exception&) {
    }
    ::_exit(holds ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool opens(const std::filesystem::path& path, int flags = O_RDONLY) {
  return static_cast<bool>(Descriptor(::open(path.c_str(), flags | O_CLOEXEC, 0600)));
}

class Sandbox : public testing::Test {
 protected:
  void SetUp() override {
    if constexpr (HOOKSPOOL_HAS_SANITIZER) {
      GTEST_SKIP() << "the sanitizers need what the sandbox takes";
    }
    std::filesystem::create_directories(spool_ / "sealed");
    std::ofstream(secret_) << "the client secret";
  }

  /// Whether `body` holds in the sandbox.
  bool inside(const std::function<bool()>& body) const {
    return holds_in_child([&] {
      enter_sandbox(spool_, socket_);
      return body();
    });
  }

  test::TemporaryDirectory directory_;
  std::filesystem::path holder_ = directory_ / "holder";
  std::filesystem::path spool_ = holder_ / "spool";
  std::filesystem::path secret_ = directory_ / "client-secret";
  std::filesystem::path socket_ = directory_ / "run" / "hookspool.sock";
};

/// What takes files away needs more of the kernel than what takes system calls.
class SandboxOfFiles : public Sandbox {
 protected:
  void SetUp() override {
    Sandbox::SetUp();
    if (IsSkipped()) return;
    const auto restricted = [this] {
      return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && restrict_files({{spool_}, {}, {}});
    };
    if (!holds_in_child(restricted)) {
      GTEST_SKIP() << "this kernel has no Landlock that lets files be moved";
    }
  }
};

TEST_F(Sandbox, LetsTheJournalAppendAndSeal) {
  EXPECT_TRUE(inside([&] {
    const SystemClock clock;
    const spool::Layout layout(spool_);
    spool::Journal(spool::real_file_system(), clock, layout).append("a line\n");
    std::filesystem::rename(layout.current(), layout.sealed() / "1");
    spool::Journal(spool::real_file_system(), clock, layout).append("another\n");
    return true;
  }));
  EXPECT_TRUE(std::filesystem::exists(spool_ / "current"));
  EXPECT_TRUE(std::filesystem::exists(spool_ / "sealed" / "1"));
}

/// Which has random numbers in a file alone.
TEST_F(Sandbox, LetsRecordsBeNamedOnAnOldKernel) {
  const auto names = [] {
    // More than are drawn at a time.
    constexpr int kRecords = 100;
    const SystemClock clock;
    std::set<std::string> ids;
    for (int i = 0; i < kRecords; ++i) ids.insert(spool::new_record_id(clock.now()));
    return ids.size() == kRecords;
  };
  EXPECT_TRUE(holds_in_child([&] {
    test::forget_getrandom();
    enter_sandbox(spool_, socket_);
    return names();
  }));
  EXPECT_TRUE(holds_in_child([&] {
    test::forget_getrandom();
    enter_sandbox_for_one_request(spool_);
    return names();
  }));
}

TEST_F(SandboxOfFiles, LetsASpoolBeUsedThatTookTheOldOnesPlace) {
  EXPECT_TRUE(holds_in_child([&] {
    std::promise<void> is_confined;
    // It was there before, so that it is not confined.
    std::thread somebody_else([&] {
      is_confined.get_future().wait();
      std::filesystem::rename(spool_, holder_ / "old");
      std::filesystem::create_directory(spool_);
    });
    enter_sandbox(spool_, socket_);
    is_confined.set_value();
    somebody_else.join();
    return opens(spool_ / "current", O_WRONLY | O_CREAT);
  }));
}

TEST_F(SandboxOfFiles, LetsASpoolBeUsedToWhichALinkLeads) {
  const std::filesystem::path disk = directory_ / "disk";
  std::filesystem::create_directory(disk);
  std::filesystem::rename(spool_, disk / "spool");
  std::filesystem::create_symlink(disk / "spool", spool_);

  EXPECT_TRUE(inside([&] { return opens(spool_ / "current", O_WRONLY | O_CREAT); }));
}

TEST_F(SandboxOfFiles, ReadsAndWritesNothingElse) {
  EXPECT_TRUE(inside([&] {
    return !opens(secret_) && !opens("/etc/passwd") && !opens(secret_, O_WRONLY) &&
           !opens(directory_ / "new", O_WRONLY | O_CREAT) && ::unlink(secret_.c_str()) != 0 &&
           ::truncate(secret_.c_str(), 0) != 0 && ::mkdir((directory_ / "made").c_str(), 0700) != 0;
  }));
}

TEST_F(SandboxOfFiles, MakesTheEntryOfTheSpoolDurable) {
  EXPECT_TRUE(inside([&] {
    const Descriptor holder(::open(holder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return holder && ::fsync(holder.get()) == 0;
  }));
}

TEST_F(SandboxOfFiles, RemovesItsSocketAtTheEndAndReadsNothingBesideIt) {
  std::filesystem::create_directories(socket_.parent_path());
  std::ofstream(socket_) << "stands for a socket";

  EXPECT_TRUE(inside([&] { return !opens(socket_) && ::unlink(socket_.c_str()) == 0; }));
}

TEST_F(Sandbox, StartsNoProgramAndNoProcess) {
  EXPECT_TRUE(inside([] {
    char name[] = "/bin/true";
    char* const arguments[] = {name, nullptr};
    char* const environment[] = {nullptr};
    return ::execve(name, arguments, environment) != 0 && ::fork() < 0;
  }));
}

TEST_F(Sandbox, ChangesNoModeByName) {
  EXPECT_TRUE(inside([&] {
    const bool fails = ::chmod(secret_.c_str(), 0644) != 0 &&
                       ::fchmodat(AT_FDCWD, secret_.c_str(), 0644, 0) != 0 &&
                       ::chmod(spool_.c_str(), 0777) != 0;
    return fails && errno == ENOSYS;
  }));
}

TEST_F(Sandbox, GivesTheSpoolThatItMakesItsMode) {
  std::filesystem::remove_all(spool_);
  EXPECT_TRUE(inside([&] {
    const SystemClock clock;
    spool::Journal(spool::real_file_system(), clock, spool::Layout(spool_)).append("a line\n");
    return true;
  }));
  struct stat status {};
  ASSERT_EQ(::stat((spool_ / "sealed").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & ~S_IFMT, spool::kDirectoryMode);
}

TEST_F(Sandbox, SignalsNobodyElse) {
  const pid_t other = ::getpid();
  EXPECT_TRUE(inside([&] {
    constexpr int kNone = 0;  // only whether one could be sent
    const auto thread = static_cast<pid_t>(::gettid());
    const bool fails = ::kill(other, kNone) != 0 && ::syscall(SYS_tkill, other, kNone) != 0 &&
                       ::syscall(SYS_tgkill, other, other, kNone) != 0 && errno == ENOSYS;
    int pair[2];
    const bool has_pair = ::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0;
    return fails && has_pair && ::fcntl(pair[0], F_SETOWN, other) != 0 &&
           ::ioctl(pair[0], FIOSETOWN, &other) != 0 && ::fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0 &&
           ::syscall(SYS_tgkill, ::getpid(), thread, kNone) == 0;
  }));
}

TEST_F(Sandbox, LimitsNobodyElse) {
  const pid_t other = ::getpid();
  EXPECT_TRUE(inside([&] {
    rlimit limit{};
    return ::prlimit(other, RLIMIT_NOFILE, nullptr, &limit) != 0 && errno == ENOSYS &&
           ::getrlimit(RLIMIT_NOFILE, &limit) == 0;
  }));
}

TEST_F(Sandbox, ConnectsToNobody) {
  EXPECT_TRUE(inside([] {
    return ::socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == ENOSYS &&
           ::socket(AF_UNIX, SOCK_STREAM, 0) < 0;
  }));
}

TEST_F(Sandbox, MapsNoMemoryThatCanBeExecuted) {
  EXPECT_TRUE(inside([] {
    constexpr std::size_t kPage = 4096;
    return ::mmap(nullptr, kPage, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
           MAP_FAILED;
  }));
}

TEST_F(Sandbox, HasThreadsAndPairsOfSockets) {
  EXPECT_TRUE(inside([] {
    bool ran = false;
    std::thread([&ran] { ran = true; }).join();
    int pair[2];
    return ran && ::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0;
  }));
}

TEST_F(Sandbox, GainsNoPrivileges) {
  // Whoever is inside is not allowed to ask.
  const auto has_no_new_privileges = [](pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    std::string line;
    while (std::getline(status, line)) {
      if (line == "NoNewPrivs:\t1") return true;
    }
    return false;
  };
  EXPECT_FALSE(has_no_new_privileges(::getpid()));
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  Descriptor ours(pair[0]);
  Descriptor theirs(pair[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    enter_sandbox(spool_, socket_);
    char byte = 'x';
    [[maybe_unused]] const auto said = ::write(theirs.get(), &byte, 1);
    [[maybe_unused]] const auto heard = ::read(theirs.get(), &byte, 1);
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ours.get(), &byte, 1), 1);
  EXPECT_TRUE(has_no_new_privileges(child));
  ASSERT_EQ(::write(ours.get(), &byte, 1), 1);
  ::waitpid(child, nullptr, 0);
}

TEST_F(Sandbox, OfACgiProgramGainsNoPrivileges) {
  EXPECT_TRUE(holds_in_child([&] {
    enter_sandbox_for_one_request(spool_);
    return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
  }));
}

TEST_F(Sandbox, OfACgiProgramGainsNoPrivilegesAlsoWhereNothingElseIsTaken) {
  std::filesystem::remove_all(spool_);
  EXPECT_TRUE(holds_in_child([&] {
    enter_sandbox_for_one_request(spool_);
    return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
  }));
}

TEST_F(SandboxOfFiles, OfACgiProgramReachesTheSpoolOnly) {
  EXPECT_TRUE(holds_in_child([&] {
    enter_sandbox_for_one_request(spool_);
    return !opens(secret_) && opens(spool_ / "current", O_WRONLY | O_CREAT);
  }));
}

TEST_F(SandboxOfFiles, OfACgiProgramLetsTheFirstRequestMakeTheSpool) {
  std::filesystem::remove_all(spool_);
  EXPECT_TRUE(holds_in_child([&] {
    enter_sandbox_for_one_request(spool_);
    return ::mkdir(spool_.c_str(), 0700) == 0;
  }));
}

TEST_F(SandboxOfFiles, OfACgiProgramMakesTheEntryOfTheSpoolDurable) {
  EXPECT_TRUE(holds_in_child([&] {
    enter_sandbox_for_one_request(spool_);
    const Descriptor holder(::open(holder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return holder && ::fsync(holder.get()) == 0;
  }));
}

}  // namespace
}  // namespace hookspool::receiver
