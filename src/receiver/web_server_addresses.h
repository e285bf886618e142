#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>
#include <vector>

namespace hookspool::receiver {

/// From where connections over TCP are taken, if the web server that started us says so in
/// FCGI_WEB_SERVER_ADDRS: FastCGI has no other authentication.
/// https://fastcgi-archives.github.io/FastCGI_Specification.html, section 3.2
class WebServerAddresses {
 public:
  /// Anybody's connections.
  WebServerAddresses() = default;
  /// Only those from one of the addresses, which commas separate.
  /// \throws Error  one of them is no IP address
  explicit WebServerAddresses(std::string_view list);

  /// Whoever reaches a Unix socket is let in.
  bool let_in(const sockaddr_storage& peer) const;

 private:
  bool is_restricted_ = false;
  std::vector<std::string> addresses_;
};

}  // namespace hookspool::receiver
