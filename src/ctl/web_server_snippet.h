#pragma once

#include <string>

namespace hookspool::ctl {

/// Where the receiver listens, as systemd/hookspool-receiver.socket says.
inline constexpr const char* kReceiverSocket = "/run/hookspool/hookspool.sock";

/// For a file in /etc/nginx/conf.d/, in the http block: nginx/hookspool-upstream.conf.
std::string nginx_upstream(const std::string& socket);
/// For the server block: nginx/hookspool-location.conf, with the callback's path.
std::string nginx_location(const std::string& path);
/// For a VirtualHost of Apache, by mod_proxy_fcgi.
std::string apache_location(const std::string& path, const std::string& socket);

}  // namespace hookspool::ctl
