#include "support/one_shot_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace hookspool::test {
namespace {

/// A GET has no body, so that its end is an empty line.
void read_request(int connection) {
  std::string request;
  std::array<char, 4096> chunk{};
  while (request.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = ::read(connection, chunk.data(), chunk.size());
    if (got <= 0) return;
    request.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

void wait_for_close(int connection) {
  char ignored = 0;
  while (::read(connection, &ignored, 1) > 0) continue;
}

}  // namespace

OneShotServer::OneShotServer(std::string answer, Then then)
    : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listening_.get(), generic, length) != 0 || ::listen(listening_.get(), 1) != 0 ||
      ::getsockname(listening_.get(), generic, &length) != 0) {
    throw std::runtime_error("cannot listen on 127.0.0.1");
  }
  url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
  thread_ = std::thread([this, answer = std::move(answer), then] { serve(answer, then); });
}

OneShotServer::~OneShotServer() {
  // Ends accept() if nobody ever came.
  ::shutdown(listening_.get(), SHUT_RDWR);
  thread_.join();
}

void OneShotServer::serve(const std::string& answer, Then then) const {
  const Descriptor connection(::accept(listening_.get(), nullptr, nullptr));
  if (!connection) return;
  read_request(connection.get());
  if (!answer.empty()) ::send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  if (then == Then::kStaySilent) wait_for_close(connection.get());
}

}  // namespace hookspool::test
