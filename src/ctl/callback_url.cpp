#include "ctl/callback_url.h"

#include <algorithm>

namespace hookspool::ctl {
namespace {

constexpr std::size_t kLongest = 255;

std::size_t end_of_scheme(const std::string& url) {
  for (const std::string scheme : {"https://", "http://"}) {
    if (url.starts_with(scheme)) return scheme.size();
  }
  return 0;
}

}  // namespace

std::string complaint_about_callback_url(const std::string& url) {
  const std::size_t begin = end_of_scheme(url);
  if (begin == 0) return "the callback URL must begin with https:// or http://";
  if (url.size() > kLongest) {
    return "the callback URL has more than 255 characters, Strava's limit";
  }
  const bool is_plain = std::all_of(url.begin(), url.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != '\\' && c != '<' && c != '>';
  });
  if (!is_plain) return "the callback URL has characters that must be percent-encoded";
  const std::string host = host_of(url);
  if (host.empty()) return "the callback URL names no host";
  if (host.find('@') != std::string::npos) return "the callback URL must not name a user";
  if (url.find('#') != std::string::npos) return "the callback URL must not have a fragment (#)";
  return "";
}

std::string host_of(const std::string& url) {
  const std::size_t begin = end_of_scheme(url);
  return url.substr(begin, url.find_first_of("/?#", begin) - begin);
}

std::string path_of(const std::string& url) {
  const std::size_t path = url.find_first_of("/?#", end_of_scheme(url));
  if (path == std::string::npos || url[path] != '/') return "/";
  return url.substr(path, url.find_first_of("?#", path) - path);
}

}  // namespace hookspool::ctl
