// What a web server sends on a connection, through the real libfcgi on a socket pair. The first two
// bytes of the input say after how many of the others the web server pauses.

#include <fastcgi.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fuzzed_receiver.h"
#include "property.h"
#include "receiver/fastcgi_connection.h"
#include "receiver/fastcgi_framing.h"

namespace hookspool {
namespace {

using fuzz::expect;
using receiver::FastCgiConnection;
using receiver::Request;

/// The smallest that can be configured.
constexpr std::size_t kMaxBody = 1024;

/// The web server's end. It keeps its side open until all that it has to say was looked at: who
/// then waits for more, waits until libFuzzer's time limit.
class WebServer {
 public:
  explicit WebServer(Descriptor socket) : socket_(std::move(socket)) {}

  void send(std::string_view bytes) {
    // All of it fits into the socket's buffer. The receiver may have ended the connection.
    [[maybe_unused]] const auto sent =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  void end() { ::shutdown(socket_.get(), SHUT_WR); }

  void read_answers() {
    std::array<char, 4096> chunk;
    while (true) {
      const ssize_t got = ::recv(socket_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
      if (got <= 0) break;
      answers_.append(chunk.data(), static_cast<std::size_t>(got));
    }
  }

  const std::string& answers() const { return answers_; }

 private:
  Descriptor socket_;
  std::string answers_;
};

void expect_well_formed(std::string_view answers) {
  while (!answers.empty()) {
    const auto header = receiver::header_of(answers);
    expect(header && header->whole() <= answers.size(), "answers are whole records");
    const bool known = header->type == FCGI_STDOUT || header->type == FCGI_STDERR ||
                       header->type == FCGI_END_REQUEST || header->type == FCGI_GET_VALUES_RESULT ||
                       header->type == FCGI_UNKNOWN_TYPE;
    expect(known, "answers are of the types that an application sends");
    answers.remove_prefix(header->whole());
  }
}

/// Serves a connection as the FastCGI server does.
class Served {
 public:
  Served(const receiver::Handler& handler, std::vector<std::string_view> parts)
      : handler_(handler), parts_(std::move(parts)) {
    int ends[2];
    expect(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0,
           "there are sockets");
    FastCgiConnection connection{Descriptor(ends[0])};
    WebServer web_server{Descriptor(ends[1])};
    while (serve(connection)) {
      web_server.read_answers();
      if (is_waiting_ && !send_next(web_server)) break;
    }
    web_server.read_answers();
    expect_well_formed(web_server.answers());
  }

  /// All that became one, in order: what was sent ahead of an answer, too.
  const std::vector<Request>& requests() const { return requests_; }

 private:
  /// False at the connection's end.
  bool serve(FastCgiConnection& connection) {
    is_waiting_ = false;
    switch (connection.arrived(kMaxBody)) {
      case FastCgiConnection::Arrived::kEnd:
        return false;
      case FastCgiConnection::Arrived::kNothing:
      case FastCgiConnection::Arrived::kPart:
        is_waiting_ = true;
        return true;
      case FastCgiConnection::Arrived::kMore:
        return true;
      case FastCgiConnection::Arrived::kWholeRequest:
        return answer(connection);
    }
    return false;
  }

  bool answer(FastCgiConnection& connection) {
    std::optional<Request> request = connection.read_request(kMaxBody);
    if (!request) return false;
    expect(request->body_too_large || request->body.size() <= kMaxBody,
           "no body is larger than allowed");
    const bool kept = connection.respond(handler_.handle(*request, std::nullopt).response);
    requests_.push_back(*std::move(request));
    if (kept) return true;
    if (connection.fd() < 0 || !connection.has_unread_input()) return false;
    connection.drain();
    return true;
  }

  /// False if there is nothing more to come, not even an end.
  bool send_next(WebServer& web_server) {
    if (next_ < parts_.size()) {
      web_server.send(parts_[next_++]);
      return true;
    }
    expect(!has_ended_, "who has ended is not waited for");
    has_ended_ = true;
    web_server.end();
    return true;
  }

  const receiver::Handler& handler_;
  std::vector<std::string_view> parts_;
  std::size_t next_ = 0;
  bool is_waiting_ = false;
  bool has_ended_ = false;
  std::vector<Request> requests_;
};

bool same(const Request& one, const Request& other) {
  return one.method == other.method && one.query == other.query &&
         one.signature == other.signature && one.body_too_large == other.body_too_large &&
         (one.body_too_large || one.body == other.body);
}

}  // namespace
}  // namespace hookspool

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hookspool;
  static const fuzz::FuzzedReceiver receiver;
  [[maybe_unused]] static const bool is_initialized = [] {
    receiver::initialize_fastcgi();
    return true;
  }();
  constexpr std::size_t kSplit = 2;
  if (size < kSplit) return 0;
  const std::string_view bytes = fuzz::text_of(data + kSplit, size - kSplit);
  const std::size_t split =
      std::min<std::size_t>(std::size_t{data[0]} << 8 | data[1], bytes.size());

  const Served at_once(receiver.handler(), {bytes});
  const Served in_parts(receiver.handler(), {bytes.substr(0, split), bytes.substr(split)});
  expect(std::ranges::equal(at_once.requests(), in_parts.requests(), same),
         "a pause changes no request");
  return 0;
}
