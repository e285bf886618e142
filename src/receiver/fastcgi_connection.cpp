#include "receiver/fastcgi_connection.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "receiver/fastcgi_framing.h"
#include "receiver/fastcgi_sieve.h"

namespace hookspool::receiver {
namespace {

/// More than the parameters of any request: web servers limit its header to 8 or 16 KiB.
constexpr std::size_t kLargestParameters = 64 * 1024;

/// Bytes that are taken off one connection before others have their turn.
constexpr std::size_t kMostInATurn = 128UL * 1024;
/// Bytes of a body that was refused, or of records that are of no request. Web servers refuse
/// larger bodies themselves: nginx, by default, above 1 MiB.
constexpr std::size_t kMostDiscarded = 16UL * 1024 * 1024;

/// libfcgi closes with a wait for the peer unless the request counts as detached (fcgiapp.c,
/// FCGX_Free).
void prepare(FCGX_Request& request, int socket) {
  request.ipcFd = socket;
  // What is not marked as kept is closed at the start of FCGX_Accept_r.
  request.keepConnection = 1;
  FCGX_Detach(&request);
}

bool would_wait() {
  return errno == EAGAIN || errno == EINTR;
}

FastCgiConnection::Arrived arrived_of(Framing framing) {
  switch (framing) {
    case Framing::kPart:
    case Framing::kUnsifted:
      return FastCgiConnection::Arrived::kPart;
    case Framing::kWhole:
    case Framing::kWholeAndMore:
      return FastCgiConnection::Arrived::kWholeRequest;
    case Framing::kNoRequest:
      return FastCgiConnection::Arrived::kEnd;
  }
  return FastCgiConnection::Arrived::kEnd;
}

/// A socket from which these bytes and then the end can be read, so that libfcgi never waits.
Descriptor replay_of(const std::string& bytes) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw SystemError("make a socket pair", errno);
  }
  Descriptor reading(ends[0]);
  const Descriptor writing(ends[1]);
  const int room = static_cast<int>(2 * bytes.size());
  ::setsockopt(writing.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  // If the system's limit lets less than all in, libfcgi meets an early end and refuses the
  // request.
  [[maybe_unused]] const auto sent =
      ::send(writing.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return reading;
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
  if (draining_) return discard();
  if (begun_.empty()) {
    const Arrived found = look(max_body);
    if (found != Arrived::kPart) return found;
  }
  return take_part(max_body);
}

FastCgiConnection::Arrived FastCgiConnection::look(std::size_t max_body) {
  thread_local std::vector<char> buffer;
  buffer.resize(max_body + kLargestParameters);
  const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_PEEK | MSG_DONTWAIT);
  if (got == 0) return Arrived::kEnd;
  if (got < 0) return would_wait() ? Arrived::kNothing : Arrived::kEnd;
  const Framing framing = framing_of({buffer.data(), static_cast<std::size_t>(got)});
  sent_ahead_ = framing == Framing::kWholeAndMore;
  return arrived_of(framing);
}

/// What arrives in parts is taken off the socket, whose buffer would be full of the overhead of
/// some hundred small writes, and the peer would wait for ever to send the rest. Unless kMore is
/// the answer, all that is there is taken: epoll tells of it only once.
FastCgiConnection::Arrived FastCgiConnection::take_part(std::size_t max_body) {
  const std::size_t most = max_body + kLargestParameters;
  std::array<char, 16 * 1024> chunk;
  Sifted sifted;
  std::size_t taken = 0;
  ssize_t got = 1;
  while (begun_.size() < most && taken < kMostInATurn && !sifted.is_over) {
    got = ::recv(socket_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got <= 0) break;
    taken += static_cast<std::size_t>(got);
    begun_.append(chunk.data(), static_cast<std::size_t>(got));
    const std::size_t before = begun_.size();
    sifted = sift(begun_);
    discarded_ += before - begun_.size();
    send_if_possible(sifted.answers);
  }
  const bool peer_has_ended = got == 0 || (got < 0 && !would_wait());
  if (sifted.is_over || discarded_ > kMostDiscarded) return Arrived::kEnd;
  if (begun_.empty() && got <= 0) return peer_has_ended ? Arrived::kEnd : Arrived::kNothing;
  const Framing framing = framing_of(begun_);
  sent_ahead_ = framing == Framing::kWholeAndMore;
  const Arrived arrived = arrived_of(framing);
  if (arrived != Arrived::kPart) return arrived;
  if (peer_has_ended) return Arrived::kEnd;
  if (begun_.size() >= most) return Arrived::kWholeRequest;
  return got > 0 ? Arrived::kMore : Arrived::kPart;
}

/// A client that does not read these few bytes gets none.
void FastCgiConnection::send_if_possible(std::string_view records) {
  if (records.empty()) return;
  [[maybe_unused]] const auto sent =
      ::send(socket_.get(), records.data(), records.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

FastCgiConnection::Arrived FastCgiConnection::discard() {
  std::array<char, 16 * 1024> chunk;
  std::size_t taken = 0;
  ssize_t got = 1;
  while (got > 0 && taken < kMostInATurn) {
    got = ::recv(socket_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got > 0) taken += static_cast<std::size_t>(got);
  }
  discarded_ += taken;
  if (discarded_ > kMostDiscarded) return Arrived::kEnd;
  if (got > 0) return Arrived::kMore;
  return got < 0 && would_wait() ? Arrived::kPart : Arrived::kEnd;
}

void FastCgiConnection::drain() {
  draining_ = true;
  std::string().swap(begun_);
  ::shutdown(socket_.get(), SHUT_WR);
}

std::optional<Request> FastCgiConnection::read_request(std::size_t max_body) {
  if (begun_.empty()) return read_from(socket_, max_body);
  Descriptor replay = replay_of(begun_);
  std::string().swap(begun_);
  std::optional<Request> request = read_from(replay, max_body);
  request_.ipcFd = socket_.get();
  return request;
}

std::optional<Request> FastCgiConnection::read_from(Descriptor& source, std::size_t max_body) {
  prepare(request_, source.get());
  if (FCGX_Accept_r(&request_) != 0) {
    // libfcgi has closed the descriptor by then.
    if (request_.ipcFd < 0) source.release();
    return std::nullopt;
  }
  Request request;
  request.method = parameter("REQUEST_METHOD");
  request.query = parameter("QUERY_STRING");
  request.signature = parameter("HTTP_X_STRAVA_SIGNATURE");
  head_ = request.method == "HEAD";

  read_body(request, max_body);
  if (FCGX_GetError(request_.in) != 0) return std::nullopt;
  // What was sent ahead may be in libfcgi's buffer by now; the web server sends it again when the
  // connection ends without an answer to it.
  input_consumed_ = !request.body_too_large && !sent_ahead_;
  discarded_ = 0;
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
    // The answer could not be written, as to a web server that reads none of them, and libfcgi has
    // closed the descriptor.
    socket_.release();
    return false;
  }
  return keep;
}

std::size_t FastCgiConnection::held_by_request() const {
  constexpr std::size_t kBuffersOfLibfcgi = 2UL * 8192;  // one to read from, one to write to
  std::size_t held = kBuffersOfLibfcgi;
  for (char** variable = request_.envp; *variable != nullptr; ++variable) {
    held += std::strlen(*variable) + 1;
  }
  return held;
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
