#include "receiver/fastcgi_connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "receiver/fastcgi_framing.h"

namespace hookspool::receiver {
namespace {

/// Strava waits two seconds in all; a web server on the same machine that takes one to send or to
/// read a few hundred bytes is gone.
constexpr timeval kTimeLimit{1, 0};

/// More than the parameters of any request: web servers limit its header to 8 or 16 KiB.
constexpr std::size_t kLargestParameters = 64 * 1024;

/// libfcgi closes with a wait for the peer unless the request counts as detached (fcgiapp.c,
/// FCGX_Free).
void prepare(FCGX_Request& request, int socket) {
  request.ipcFd = socket;
  // What is not marked as kept is closed at the start of FCGX_Accept_r.
  request.keepConnection = 1;
  FCGX_Detach(&request);
}

}  // namespace

FastCgiConnection::FastCgiConnection(Descriptor socket) : socket_(std::move(socket)) {
  // With no listening socket to go on with, FCGX_Accept_r returns when this connection ends.
  constexpr int kNoListeningSocket = -1;
  FCGX_InitRequest(&request_, kNoListeningSocket, FCGI_FAIL_ACCEPT_ON_INTR);
}

FastCgiConnection::~FastCgiConnection() {
  constexpr int kLeaveOpen = 0;
  FCGX_Free(&request_, kLeaveOpen);
}

FastCgiConnection::Arrived FastCgiConnection::arrived(std::size_t max_body) {
  Arrived found = look(max_body);
  if (found != Arrived::kPart || !peer_has_ended()) return found;
  // The rest may have come just before the end.
  found = look(max_body);
  return found == Arrived::kPart ? Arrived::kEnd : found;
}

bool FastCgiConnection::peer_has_ended() const {
  pollfd peer{socket_.get(), POLLRDHUP, 0};
  return ::poll(&peer, 1, 0) > 0;
}

FastCgiConnection::Arrived FastCgiConnection::look(std::size_t max_body) {
  thread_local std::vector<char> buffer;
  buffer.resize(max_body + kLargestParameters);
  const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_PEEK | MSG_DONTWAIT);
  if (got == 0) return Arrived::kEnd;
  if (got < 0) {
    return errno == EAGAIN || errno == EINTR ? Arrived::kNothing : Arrived::kEnd;
  }
  const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
  switch (framing_of(bytes)) {
    case Framing::kWhole:
      return Arrived::kWholeRequest;
    case Framing::kNoRequest:
      return Arrived::kEnd;
    case Framing::kPart:
      break;
  }
  if (bytes.size() < buffer.size()) return Arrived::kPart;
  limit_waits();
  return Arrived::kWholeRequest;
}

void FastCgiConnection::limit_waits() {
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &kTimeLimit, sizeof kTimeLimit);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &kTimeLimit, sizeof kTimeLimit);
}

std::optional<Request> FastCgiConnection::read_request(std::size_t max_body) {
  prepare(request_, socket_.get());
  if (FCGX_Accept_r(&request_) != 0) {
    // libfcgi has closed the descriptor by then.
    if (request_.ipcFd < 0) socket_.release();
    return std::nullopt;
  }
  Request request;
  request.method = parameter("REQUEST_METHOD");
  request.query = parameter("QUERY_STRING");
  request.signature = parameter("HTTP_X_STRAVA_SIGNATURE");
  head_ = request.method == "HEAD";

  read_body(request, max_body);
  if (FCGX_GetError(request_.in) != 0) return std::nullopt;
  input_consumed_ = !request.body_too_large;
  return request;
}

/// To the end of the stream, whatever CONTENT_LENGTH says: what is left would be taken for the next
/// request of a kept connection.
void FastCgiConnection::read_body(Request& request, std::size_t max_body) {
  std::array<char, 4096> chunk;
  int got = 0;
  do {
    got = FCGX_GetStr(chunk.data(), static_cast<int>(chunk.size()), request_.in);
    request.body.append(chunk.data(), static_cast<std::size_t>(got));
    request.body_too_large = request.body.size() > max_body;
  } while (got == static_cast<int>(chunk.size()) && !request.body_too_large);
}

bool FastCgiConnection::respond(const Response& response) {
  const std::string text = serialize(response, head_);
  FCGX_PutStr(text.data(), static_cast<int>(text.size()), request_.out);
  const bool keep = request_.keepConnection != 0 && input_consumed_;
  request_.keepConnection = 1;
  FCGX_Finish_r(&request_);
  if (request_.ipcFd < 0) {
    // The answer could not be written, and libfcgi has closed the descriptor.
    socket_.release();
    return false;
  }
  // From now on answers can fill the socket of a web server that reads none.
  if (keep) limit_waits();
  return keep;
}

const char* FastCgiConnection::parameter(const char* name) const {
  const char* value = FCGX_GetParam(name, request_.envp);
  return value == nullptr ? "" : value;
}

void initialize_fastcgi() {
  if (FCGX_Init() != 0) {
    throw Error(ExitCode::kSoftware, "libfcgi could not be initialized");
  }
  // FCGX_Init puts handlers in place of SIG_DFL and SIG_IGN alike; its handler for SIGPIPE makes it
  // give up reading and writing for good.
  ::signal(SIGPIPE, SIG_IGN);
}

}  // namespace hookspool::receiver
