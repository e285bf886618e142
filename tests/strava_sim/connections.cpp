#include "strava_sim/connections.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <filesystem>

namespace hookspool::strava_sim {

namespace {

/// The port of an IPv4 address that `ask` (getsockname or getpeername) tells; -1 if it tells none.
int port_from(int (*ask)(int, sockaddr*, socklen_t*), int descriptor) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (ask(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return -1;
  return address.sin_family == AF_INET ? ntohs(address.sin_port) : -1;
}

int local_port(int descriptor) {
  return port_from(getsockname, descriptor);
}
int peer_port(int descriptor) {
  return port_from(getpeername, descriptor);
}

}  // namespace

void cut_connections(int server_port, int client_port) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int descriptor = std::atoi(entry.path().filename().c_str());
    if (local_port(descriptor) != server_port) continue;
    const int peer = peer_port(descriptor);
    if (peer == -1 || (client_port != 0 && peer != client_port)) continue;
    shutdown(descriptor, SHUT_RDWR);
  }
}

}  // namespace hookspool::strava_sim
