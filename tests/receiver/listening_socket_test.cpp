#include "receiver/listening_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "support/temporary_directory.h"

namespace hookspool::receiver {
namespace {

using std::filesystem::path;
using test::TemporaryDirectory;
using testing::HasSubstr;

sockaddr_un address_of(const path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket.c_str(), socket.native().size() + 1);
  return address;
}

Descriptor new_socket() {
  return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

bool can_connect(const path& socket) {
  const sockaddr_un address = address_of(socket);
  return ::connect(new_socket().get(), reinterpret_cast<const sockaddr*>(&address),
                   sizeof address) == 0;
}

/// A socket file made without any care, that nobody listens on unless `backlog` is given.
Descriptor bound_to(const path& socket, std::optional<int> backlog = std::nullopt) {
  Descriptor descriptor = new_socket();
  const sockaddr_un address = address_of(socket);
  EXPECT_EQ(::bind(descriptor.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
  if (backlog) {
    EXPECT_EQ(::listen(descriptor.get(), *backlog), 0);
  }
  return descriptor;
}

ino_t inode_of(const path& file) {
  struct stat status {};
  EXPECT_EQ(::lstat(file.c_str(), &status), 0);
  return status.st_ino;
}

/// The exit code that making the socket fails with; kOk if it does not.
template <typename Make>
ExitCode failure(Make make, const std::string& part_of_message = "") {
  try {
    make();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(part_of_message));
    return error.exit_code();
  }
  return ExitCode::kOk;
}

/// Where the kernel has put a socket at port 0.
sockaddr_in address_of(const ListeningSocket& socket) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  EXPECT_EQ(::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  return address;
}

TEST(ListeningSocket, TakesConnectionsFromTheAddressesThatItIsToldOnly) {
  ListeningSocket socket = ListeningSocket::at_address("127.0.0.1:0");
  const sockaddr_in address = address_of(socket);
  const auto is_taken = [&] {
    const Descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
    return bool{socket.accept()};
  };
  EXPECT_TRUE(is_taken());
  socket.take_from(WebServerAddresses("127.0.0.2"));
  EXPECT_FALSE(is_taken());
  EXPECT_EQ(errno, ECONNABORTED) << "which ends nobody else's";
  socket.take_from(WebServerAddresses("127.0.0.1"));
  EXPECT_TRUE(is_taken());
}

TEST(ListeningSocket, TakesConnectionsAtItsPath) {
  const TemporaryDirectory directory;
  const ListeningSocket socket = ListeningSocket::at_path(directory / "socket");

  EXPECT_TRUE(can_connect(directory / "socket"));
  EXPECT_TRUE(socket.ours_alone());
}

TEST(ListeningSocket, IsNeitherBlockingNorInherited) {
  const TemporaryDirectory directory;
  const ListeningSocket socket = ListeningSocket::at_path(directory / "socket");

  EXPECT_NE(::fcntl(socket.fd(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(socket.fd(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(ListeningSocket, HasMode0660WhateverTheUmask) {
  for (const mode_t mask : {0000U, 0022U, 0077U, 0777U}) {
    const TemporaryDirectory directory;
    const mode_t old_mask = ::umask(mask);
    const ListeningSocket socket = ListeningSocket::at_path(directory / "socket");
    ::umask(old_mask);
    EXPECT_EQ(std::filesystem::status(directory / "socket").permissions(),
              std::filesystem::perms{0660});
  }
}

TEST(ListeningSocket, RemovesItsFileAtTheEnd) {
  const TemporaryDirectory directory;
  {
    ListeningSocket socket = ListeningSocket::at_path(directory / "socket");
    const ListeningSocket moved = std::move(socket);
    EXPECT_TRUE(can_connect(directory / "socket"));
  }
  EXPECT_FALSE(std::filesystem::exists(directory / "socket"));
}

TEST(ListeningSocket, LeavesTheFileOfWhoeverReplacedIt) {
  const TemporaryDirectory directory;
  std::optional<Descriptor> other;
  {
    const ListeningSocket socket = ListeningSocket::at_path(directory / "socket");
    std::filesystem::rename(directory / "socket", directory / "old");
    other = bound_to(directory / "socket", 1);
  }
  EXPECT_TRUE(can_connect(directory / "socket"));
}

TEST(ListeningSocket, ReplacesAFileThatNobodyListensOn) {
  const TemporaryDirectory directory;
  bound_to(directory / "socket").reset();
  ASSERT_FALSE(can_connect(directory / "socket"));
  const ListeningSocket socket = ListeningSocket::at_path(directory / "socket");

  EXPECT_TRUE(can_connect(directory / "socket"));
}

TEST(ListeningSocket, DoesNotReplaceALiveOne) {
  const TemporaryDirectory directory;
  const ListeningSocket first = ListeningSocket::at_path(directory / "socket");
  const ino_t inode = inode_of(directory / "socket");

  EXPECT_EQ(failure([&] { ListeningSocket::at_path(directory / "socket"); },
                    "another process listens on " + (directory / "socket").string()),
            ExitCode::kCannotCreate);
  EXPECT_EQ(inode_of(directory / "socket"), inode);
  EXPECT_TRUE(can_connect(directory / "socket"));
}

/// Asking whether somebody listens once waited for a place in the backlog, for ever.
TEST(ListeningSocket, DoesNotWaitForALiveOneThatIsOverwhelmed) {
  const TemporaryDirectory directory;
  const Descriptor busy = bound_to(directory / "socket", 0);
  ASSERT_TRUE(can_connect(directory / "socket")) << "the backlog is full from now on";
  ::alarm(20);

  EXPECT_EQ(failure([&] { ListeningSocket::at_path(directory / "socket"); }, "another process"),
            ExitCode::kCannotCreate);
  ::alarm(0);
}

TEST(ListeningSocket, DoesNotReplaceWhatIsNoSocket) {
  const TemporaryDirectory directory;
  std::ofstream(directory / "file") << "precious";
  std::filesystem::create_symlink(directory / "nowhere", directory / "link");
  for (const path& taken : {directory / "file", directory / "link", directory.path()}) {
    EXPECT_EQ(failure([&] { ListeningSocket::at_path(taken); }, "is no socket"),
              ExitCode::kCannotCreate);
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::symlink_status(taken)));
  }
}

TEST(ListeningSocket, SaysWhenItsPathCannotBeMade) {
  const TemporaryDirectory directory;
  const path missing = directory / "missing/socket";
  const path too_long = directory / std::string(120, 'x');

  EXPECT_EQ(failure([&] { ListeningSocket::at_path(missing); }, missing.string()),
            ExitCode::kCannotCreate);
  EXPECT_EQ(failure([&] { ListeningSocket::at_path(too_long); }, "longer than the 107"),
            ExitCode::kUsage);
}

class TcpAddress : public testing::TestWithParam<const char*> {};

using LoopbackAddress = TcpAddress;

TEST_P(LoopbackAddress, IsListenedOn) {
  const ListeningSocket socket = ListeningSocket::at_address(GetParam());

  sockaddr_in address{};
  socklen_t length = sizeof address;
  ASSERT_EQ(::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  EXPECT_NE(address.sin_port, 0);
  EXPECT_TRUE(socket.ours_alone());
  const Descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
}

INSTANTIATE_TEST_SUITE_P(Port0, LoopbackAddress, testing::Values("127.0.0.1:0", "127.1.2.3:0"));

using PublicAddress = TcpAddress;

TEST_P(PublicAddress, IsRefusedSinceFastCgiHasNoAuthentication) {
  EXPECT_EQ(failure([] { ListeningSocket::at_address(GetParam()); },
                    "neither a loopback nor a private address"),
            ExitCode::kUsage);
}

INSTANTIATE_TEST_SUITE_P(EveryKind, PublicAddress,
                         testing::Values("0.0.0.0:0", "[::]:0", ":::0", "8.8.8.8:0",
                                         "172.15.255.255:0", "172.32.0.0:0", "192.167.255.255:0",
                                         "192.169.0.0:0", "11.0.0.0:0", "9.255.255.255:0",
                                         "126.255.255.255:0", "128.0.0.0:0", "255.255.255.255:0",
                                         "224.0.0.1:0", "[2001:db8::1]:0", "[ff02::1]:0",
                                         "[::ffff:8.8.8.8]:0", "[fe00::1]:0"));

using PrivateAddress = TcpAddress;

TEST_P(PrivateAddress, IsRefusedOnlyBecauseThisMachineDoesNotHaveIt) {
  EXPECT_EQ(failure([] { ListeningSocket::at_address(GetParam()); }), ExitCode::kUnavailable);
}

// Unlikely ones, which hardly any machine has.
INSTANTIATE_TEST_SUITE_P(EveryNetwork, PrivateAddress,
                         testing::Values("10.255.255.254:0", "172.16.0.254:0", "172.31.255.254:0",
                                         "192.168.255.254:0", "[fd5f:1234::fedc]:0"));

using NoAddress = TcpAddress;

TEST_P(NoAddress, IsAUsageError) {
  EXPECT_EQ(failure([] { ListeningSocket::at_address(GetParam()); }), ExitCode::kUsage);
}

INSTANTIATE_TEST_SUITE_P(EveryForm, NoAddress,
                         testing::Values("", ":", "127.0.0.1", ":9000", "9000", "localhost:9000",
                                         "example.org:80", "127.0.0.1:http", "127.0.0.1:",
                                         "127.0.0.1:-1", "127.0.0.1:65536", "127.0.0.1:99999",
                                         "127.0.0.1: 1", "127.0.0.1:1 ", "127.0.0.1:+1",
                                         "127.0.0.1:1x", "127.0.0.256:1", "[]:1", "[127.0.0.1:1"));

TEST(ListeningSocket, SaysWhenItsPortIsTaken) {
  const ListeningSocket first = ListeningSocket::at_address("127.0.0.1:0");
  sockaddr_in address{};
  socklen_t length = sizeof address;
  ASSERT_EQ(::getsockname(first.fd(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  const std::string taken = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));

  EXPECT_EQ(failure([&] { ListeningSocket::at_address(taken); }, taken), ExitCode::kUnavailable);
}

/// Puts something else on descriptor 0 until the end of the scope.
class StandardInput {
 public:
  explicit StandardInput(int fd) : saved_(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)) {
    ::dup2(fd, STDIN_FILENO);
  }
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;
  ~StandardInput() {
    if (saved_) {
      ::dup2(saved_.get(), STDIN_FILENO);
    } else {
      ::close(STDIN_FILENO);
    }
  }

 private:
  Descriptor saved_;
};

TEST(ListeningSocket, TellsFastCgiOnDescriptor0FromCgi) {
  const TemporaryDirectory directory;
  const ListeningSocket listening = ListeningSocket::at_path(directory / "socket");
  const Descriptor not_listening = new_socket();
  const Descriptor file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  {
    const StandardInput input(listening.fd());
    EXPECT_TRUE(descriptor_0_listens());
  }
  {
    const StandardInput input(not_listening.get());
    EXPECT_FALSE(descriptor_0_listens());
  }
  {
    const StandardInput input(file.get());
    EXPECT_FALSE(descriptor_0_listens());
  }
}

TEST(ListeningSocket, SharesTheBacklogOfAnInheritedOne) {
  const TemporaryDirectory directory;
  const Descriptor handed_over = bound_to(directory / "socket", 5);
  const StandardInput input(handed_over.get());
  {
    const ListeningSocket socket = ListeningSocket::inherited();
    EXPECT_EQ(socket.fd(), STDIN_FILENO);
    EXPECT_FALSE(socket.ours_alone()) << "other processes may accept from it";
    EXPECT_NE(::fcntl(socket.fd(), F_GETFL) & O_NONBLOCK, 0);
  }
  EXPECT_TRUE(std::filesystem::exists(directory / "socket")) << "whose file is not ours to remove";
}

}  // namespace
}  // namespace hookspool::receiver
