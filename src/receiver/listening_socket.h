#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "base/descriptor.h"
#include "receiver/web_server_addresses.h"

namespace hookspool::receiver {

/// A socket that web servers connect to: one that was handed over as descriptor 0, or one of our
/// own. Non-blocking, since several processes may accept from it.
class ListeningSocket {
 public:
  /// One that was handed over (inherited_socket()), with a line in the log if others may reach it
  /// than a web server on this machine or network.
  static ListeningSocket inherited(int fd = 0);

  /// A Unix socket of mode 0660: what connects to it is trusted. A socket file that nobody listens
  /// on any more is replaced, a live one is not.
  /// \throws Error  the path is in use or cannot be made
  static ListeningSocket at_path(const std::filesystem::path& path);

  /// A TCP socket at "address:port" or "[v6 address]:port". FastCGI has no authentication, so only
  /// loopback and private addresses are taken.
  /// \throws Error
  static ListeningSocket at_address(const std::string& address);

  ListeningSocket(ListeningSocket&&) = default;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  /// Removes the socket file that at_path() made, unless another process has replaced it.
  ~ListeningSocket();

  /// Only connections from there are taken from now on.
  void take_from(WebServerAddresses addresses) { addresses_ = std::move(addresses); }
  /// The next connection, non-blocking; nothing, with errno, if there is none, or there was one
  /// that is not to be taken (ECONNABORTED). Thread-safe.
  Descriptor accept() const;

  int fd() const { return descriptor_.get(); }
  /// True if nobody but us can accept what waits in its backlog.
  bool ours_alone() const { return ours_alone_; }

 private:
  ListeningSocket(Descriptor descriptor, bool ours_alone);

  Descriptor descriptor_;
  bool ours_alone_;
  WebServerAddresses addresses_;
  std::filesystem::path path_;
  ino_t inode_ = 0;
};

/// Whether descriptor 0 is a listening socket (FastCGI) rather than the body of a CGI request.
bool descriptor_0_listens();

/// The descriptor of a listening socket that was handed over: 0, as web servers and spawn-fcgi do,
/// and systemd with StandardInput=socket; or 3, as systemd does without it (sd_listen_fds(3)).
/// Nothing if there is none.
std::optional<int> inherited_socket();

}  // namespace hookspool::receiver
