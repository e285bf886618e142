#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace hookspool::ctl {

/// Where the receiver listens, as systemd/hookspool-receiver.socket says.
inline constexpr const char* kReceiverSocket = "/run/hookspool/hookspool.sock";

/// A piece of a web server's configuration, and what a person is told about it.
struct WebServerSnippet {
  std::string heading;  ///< where it belongs, ending in a colon
  std::string text;     ///< the directives, without the comments of the file that it comes from
};

/// The web servers that there are snippets for.
std::vector<std::string> web_servers();

/// Whether `web_server` starts receivers itself: then nobody listens on kReceiverSocket.
bool starts_receivers(const std::string& web_server);

/// Debian's name for the user that a web server runs as, which the shipped files have.
inline constexpr const char* kDebiansWebUser = "www-data";

/// The user that `web_server`, one of web_servers(), runs as on this machine, or whose group it can
/// be in: the first of those that distributions make for it and that is known here. Empty if none
/// is.
std::string web_user(const std::string& web_server);

/// What the repository ships for `web_server`, one of web_servers(), in nginx/, apache/ and docs/,
/// with host and path of `callback_url` in place of www.example.org and /strava/webhook, and with
/// the directory that the receiver is in. `receiver_group` is the spool's, which the web server's
/// user must be in where it starts receivers: `web_user`, as web_user() tells it. Where it starts
/// none, the socket is for that one's group.
std::vector<WebServerSnippet> web_server_snippets(const std::string& web_server,
                                                  const std::string& callback_url,
                                                  const std::filesystem::path& receiver_directory,
                                                  const std::string& receiver_group,
                                                  const std::string& web_user);

}  // namespace hookspool::ctl
