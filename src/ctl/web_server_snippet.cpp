#include "ctl/web_server_snippet.h"

#include <pwd.h>

#include <sstream>
#include <string_view>
#include <utility>

#include "ctl/callback_url.h"

namespace hookspool::ctl {
namespace {

struct Part {
  const char* web_server;
  const char* heading;
  const char* file_content;
  /// Where only a part of the file is meant: its first word, and the one that it ends before.
  const char* from = nullptr;
  const char* to = nullptr;
};

// The Makefile makes a string literal of each file that the repository ships.
constexpr const char* kApacheHost =
#include "apache/hookspool-virtual-host.conf.inc"
    ;

constexpr Part log_part(const char* web_server) {
  return {
      web_server,
      "and in place of its CustomLog, or else its access log has the verify token in it (a2enmod\n"
      "setenvif):",
      kApacheHost, "SetEnvIf ", "</VirtualHost>"};
}

constexpr Part kParts[] = {
    {
        "nginx",
        "For nginx, as /etc/nginx/conf.d/hookspool.conf:",
#include "nginx/hookspool-upstream.conf.inc"
    },
    {
        "nginx",
        "and in the server block of your https host:",
#include "nginx/hookspool-location.conf.inc"
    },
    {
        "apache",
        "For the VirtualHost of your https host in Apache, after a2enmod proxy_fcgi:",
#include "apache/hookspool-proxy-fcgi.conf.inc"
    },
    log_part("apache"),
    {
        "apache-fcgid",
        "For the VirtualHost of your https host in Apache, after a2enmod fcgid and\n"
        "usermod -aG hookspool-receiver www-data, which a restart of Apache makes valid:",
#include "apache/hookspool-fcgid.conf.inc"
    },
    log_part("apache-fcgid"),
    {
        "apache-cgi",
        "For the VirtualHost of your https host in Apache, after a2enmod cgid and\n"
        "usermod -aG hookspool-receiver www-data, which a restart of Apache makes valid:",
#include "apache/hookspool-cgi.conf.inc"
    },
    log_part("apache-cgi"),
    {
        "htaccess",
        "As .htaccess in the directory of the web space that hookspool.fcgi is in:",
#include "apache/shared-hosting.htaccess.inc"
    },
    {
        "lighttpd",
        "For lighttpd, as /etc/lighttpd/conf-enabled/10-hookspool.conf, after\n"
        "usermod -aG hookspool-receiver www-data, which a restart of lighttpd makes valid:",
#include "docs/lighttpd.conf.inc"
    },
    {
        "caddy",
        "For the Caddyfile, the first block among its global options:",
#include "docs/Caddyfile.inc"
    },
};

constexpr std::string_view kShippedHost = "www.example.org";
constexpr std::string_view kShippedPath = "/strava/webhook";
constexpr std::string_view kShippedDirectory = "/usr/local/lib/hookspool";
constexpr std::string_view kShippedGroup = "hookspool-receiver";
/// Where the socket is for Debian's group: Caddy has a user of its own even there.
constexpr std::string_view kCaddyJoinsTheGroup =
    ", after\nusermod -aG www-data caddy, which a restart of Caddy makes valid:";
/// Debian's, and known to Debian's Apache alone.
constexpr std::string_view kShippedLogs = "${APACHE_LOG_DIR}";
/// Fedora's user, and its place for logs.
constexpr const char* kFedorasApache = "apache";
constexpr std::string_view kFedorasLogs = "logs";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string content_of(const Part& part) {
  const std::string text = part.file_content;
  if (part.from == nullptr) return text;
  const std::size_t begin = text.find(part.from);
  const std::size_t line = text.rfind('\n', begin) + 1;
  const std::string margin = "\n" + std::string(begin - line, ' ');
  return replaced(text.substr(begin, text.find(part.to, begin) - begin), margin, "\n");
}

std::string without_comments(const std::string& text) {
  std::string directives;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find_first_not_of(" \t");
    if (first != std::string::npos && line[first] != '#') directives += line + "\n";
  }
  return directives;
}

}  // namespace

std::vector<std::string> web_servers() {
  std::vector<std::string> names;
  for (const Part& part : kParts) {
    if (names.empty() || names.back() != part.web_server) names.emplace_back(part.web_server);
  }
  return names;
}

bool starts_receivers(const std::string& web_server) {
  return web_server == "apache-fcgid" || web_server == "apache-cgi" || web_server == "htaccess" ||
         web_server == "lighttpd";
}

std::string web_user(const std::string& web_server) {
  const bool is_apache = web_server.starts_with("apache");
  std::vector<std::string> names{kDebiansWebUser, is_apache ? kFedorasApache : web_server};
  // Every Debian has www-data; who has nginx, too, has nginx.org's package.
  if (web_server == "nginx") std::swap(names.front(), names.back());
  for (const std::string& name : names) {
    if (::getpwnam(name.c_str()) != nullptr) return name;
  }
  return "";
}

std::vector<WebServerSnippet> web_server_snippets(const std::string& web_server,
                                                  const std::string& callback_url,
                                                  const std::filesystem::path& receiver_directory,
                                                  const std::string& receiver_group,
                                                  const std::string& web_user) {
  std::vector<WebServerSnippet> snippets;
  for (const Part& part : kParts) {
    if (part.web_server != web_server) continue;
    std::string text = without_comments(content_of(part));
    text = replaced(text, kShippedDirectory, receiver_directory.string());
    text = replaced(text, kShippedHost, host_of(callback_url));
    if (web_user == kFedorasApache) text = replaced(text, kShippedLogs, kFedorasLogs);
    std::string heading = replaced(part.heading, kShippedGroup, receiver_group);
    if (starts_receivers(web_server)) {
      heading = replaced(heading, kDebiansWebUser,
                         web_user.empty() ? "NAME (your web server's user)" : web_user);
    } else if (web_server == "caddy" && web_user == kDebiansWebUser) {
      heading.replace(heading.rfind(':'), 1, kCaddyJoinsTheGroup);
    }
    snippets.push_back({heading, replaced(text, kShippedPath, path_of(callback_url))});
  }
  return snippets;
}

}  // namespace hookspool::ctl
