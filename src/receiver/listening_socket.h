#pragma once

#include <filesystem>
#include <string>

#include "base/descriptor.h"

namespace hookspool::receiver {

/// A socket that web servers connect to: one that was handed over as descriptor 0, or one of our
/// own. Non-blocking, since several processes may accept from it.
class ListeningSocket {
 public:
  /// The socket that spawn-fcgi, mod_fcgid or systemd left on descriptor 0.
  static ListeningSocket inherited();

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

  int fd() const { return descriptor_.get(); }
  /// True if nobody but us can accept what waits in its backlog.
  bool ours_alone() const { return ours_alone_; }

 private:
  ListeningSocket(Descriptor descriptor, bool ours_alone);

  Descriptor descriptor_;
  bool ours_alone_;
  std::filesystem::path path_;
  ino_t inode_ = 0;
};

/// Whether descriptor 0 is a listening socket (FastCGI) rather than the body of a CGI request.
bool descriptor_0_listens();

}  // namespace hookspool::receiver
