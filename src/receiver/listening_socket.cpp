#include "receiver/listening_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace hookspool::receiver {
namespace {

/// As many as the kernel lets wait (net.core.somaxconn cuts it down).
constexpr int kBacklog = 4096;

void set_non_blocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
    throw SystemError("make the listening socket non-blocking", errno);
  }
}

Descriptor new_socket(int family, int flags = 0) {
  Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!socket) throw SystemError("make a socket", errno, ExitCode::kUnavailable);
  return socket;
}

sockaddr_un unix_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof address.sun_path) {
    throw Error(ExitCode::kUsage, "the socket path " + text + " is longer than the " +
                                      std::to_string(sizeof address.sun_path - 1) +
                                      " characters that the system allows");
  }
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  return address;
}

/// Removes a socket file that is left over from a process that ended without a chance to do so.
void remove_if_stale(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;
  if (!S_ISSOCK(status.st_mode)) {
    throw Error(ExitCode::kCannotCreate,
                path.string() + " exists and is no socket; remove it or choose another path");
  }
  // Not to wait for a place in the backlog of a live one.
  const Descriptor probe = new_socket(AF_UNIX, SOCK_NONBLOCK);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(probe.get(), generic, sizeof address) == 0 || errno != ECONNREFUSED) {
    throw Error(ExitCode::kCannotCreate,
                "another process listens on " + path.string() + "; stop it or choose another path");
  }
  ::unlink(path.c_str());
}

bool is_private(std::uint32_t address) {
  return address >> 24 == 127 || address >> 24 == 10 || address >> 20 == 0xAC1 ||
         address >> 16 == 0xC0A8;
}

bool is_loopback_or_private(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    return is_private(ntohl(v4->sin_addr.s_addr));
  }
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  constexpr unsigned char kUniqueLocal = 0xFC;  // fc00::/7
  return IN6_IS_ADDR_LOOPBACK(&v6) || (v6.s6_addr[0] & 0xFE) == kUniqueLocal;
}

/// A Unix socket is not.
bool is_open_to_others(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::getsockname(fd, generic, &length) != 0) return false;
  const bool is_network = address.ss_family == AF_INET || address.ss_family == AF_INET6;
  return is_network && !is_loopback_or_private(generic);
}

bool listens(int fd) {
  int listening = 0;
  socklen_t length = sizeof listening;
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 && listening != 0;
}

/// getaddrinfo takes what is above 65535 modulo 65536, and nothing at all for 0.
void check_port(const std::string& address, std::string_view port) {
  std::uint16_t number = 0;
  const char* const last = port.data() + port.size();
  const auto [end, error] = std::from_chars(port.data(), last, number);
  if (error != std::errc{} || end != last) {
    throw Error(ExitCode::kUsage, "\"" + address + "\" does not end in a port from 0 to 65535");
  }
}

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

AddressList resolve(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    throw Error(ExitCode::kUsage, "\"" + text + "\" is not of the form ADDRESS:PORT");
  }
  check_port(text, std::string_view(text).substr(colon + 1));
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), text.c_str() + colon + 1, &hints, &found);
  if (error != 0) {
    throw Error(ExitCode::kUsage,
                "\"" + text + "\" is no numeric ADDRESS:PORT: " + ::gai_strerror(error));
  }
  return {found, &::freeaddrinfo};
}

}  // namespace

ListeningSocket::ListeningSocket(Descriptor descriptor, bool ours_alone)
    : descriptor_(std::move(descriptor)), ours_alone_(ours_alone) {
  set_non_blocking(descriptor_.get());
}

ListeningSocket ListeningSocket::inherited(int fd) {
  if (is_open_to_others(fd)) {
    log::warning(
        "the socket that was handed over is at an address that others may reach, and FastCGI has "
        "no authentication: let nobody but the web server connect to it");
  }
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  return {Descriptor(fd), /*ours_alone=*/false};
}

ListeningSocket ListeningSocket::at_path(const std::filesystem::path& path) {
  const sockaddr_un address = unix_address(path);
  remove_if_stale(path, address);
  Descriptor socket = new_socket(AF_UNIX);
  // On Linux a socket file takes its mode from the socket's own, so that there is no moment at
  // which others could connect.
  constexpr mode_t kMode = 0660;
  ::fchmod(socket.get(), kMode);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::bind(socket.get(), generic, sizeof address) != 0 || ::chmod(path.c_str(), kMode) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    throw SystemError("listen on " + path.string(), errno, ExitCode::kCannotCreate);
  }
  ListeningSocket result(std::move(socket), /*ours_alone=*/true);
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) result.inode_ = status.st_ino;
  result.path_ = path;
  return result;
}

ListeningSocket ListeningSocket::at_address(const std::string& address) {
  const AddressList resolved = resolve(address);
  if (!is_loopback_or_private(resolved->ai_addr)) {
    throw Error(ExitCode::kUsage,
                address +
                    " is neither a loopback nor a private address; FastCGI has no "
                    "authentication, so put the web server on the same machine or network");
  }
  Descriptor socket = new_socket(resolved->ai_family);
  constexpr int kYes = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &kYes, sizeof kYes);
  if (::bind(socket.get(), resolved->ai_addr, resolved->ai_addrlen) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    throw SystemError("listen on " + address, errno, ExitCode::kUnavailable);
  }
  return {std::move(socket), /*ours_alone=*/true};
}

Descriptor ListeningSocket::accept() const {
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  Descriptor accepted(::accept4(descriptor_.get(), reinterpret_cast<sockaddr*>(&peer), &length,
                                SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!accepted || addresses_.let_in(peer)) return accepted;
  accepted.reset();
  errno = ECONNABORTED;
  return accepted;
}

ListeningSocket::~ListeningSocket() {
  struct stat status {};
  if (descriptor_ && !path_.empty() && ::stat(path_.c_str(), &status) == 0 &&
      status.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
}

bool descriptor_0_listens() {
  return listens(STDIN_FILENO);
}

std::optional<int> inherited_socket() {
  if (descriptor_0_listens()) return STDIN_FILENO;
  constexpr int kFirstOfSystemd = 3;
  const char* const process = std::getenv("LISTEN_PID");
  const bool is_for_us = process != nullptr && process == std::to_string(::getpid());
  if (is_for_us && listens(kFirstOfSystemd)) return kFirstOfSystemd;
  return std::nullopt;
}

}  // namespace hookspool::receiver
