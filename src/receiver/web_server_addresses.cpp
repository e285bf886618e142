#include "receiver/web_server_addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"

namespace hookspool::receiver {
namespace {

/// IPv4 within IPv6, as a socket for both shows it.
constexpr std::string_view kMapped = "::ffff:";

/// One spelling for each address; empty if it is none.
std::string normal_form(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::inet_ntop(family, address, text.data(), text.size()) == nullptr) return "";
  const std::string form(text.data());
  const bool is_mapped = form.starts_with(kMapped) && form.find('.') != std::string::npos;
  return is_mapped ? form.substr(kMapped.size()) : form;
}

std::string normal_form(const std::string& text) {
  in6_addr address{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (::inet_pton(family, text.c_str(), &address) == 1) return normal_form(family, &address);
  }
  throw Error(ExitCode::kUsage, "FCGI_WEB_SERVER_ADDRS names \"" + text +
                                    "\", which is no IP address; the web server sets it");
}

std::string without_blanks(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t") + 1 - begin));
}

}  // namespace

WebServerAddresses::WebServerAddresses(std::string_view list) : is_restricted_(true) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    addresses_.push_back(normal_form(without_blanks(list.substr(0, end))));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

bool WebServerAddresses::let_in(const sockaddr_storage& peer) const {
  const bool is_network = peer.ss_family == AF_INET || peer.ss_family == AF_INET6;
  if (!is_restricted_ || !is_network) return true;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  std::memcpy(&v4, &peer, sizeof v4);
  std::memcpy(&v6, &peer, sizeof v6);
  const std::string address = peer.ss_family == AF_INET ? normal_form(AF_INET, &v4.sin_addr)
                                                        : normal_form(AF_INET6, &v6.sin6_addr);
  return std::ranges::find(addresses_, address) != addresses_.end();
}

}  // namespace hookspool::receiver
