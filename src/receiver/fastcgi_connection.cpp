#include "receiver/fastcgi_connection.h"

#include <malloc.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "receiver/fastcgi_framing.h"
#include "receiver/fastcgi_sieve.h"
#include "receiver/replay.h"

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

/// What malloc() takes for it, which for a variable without a name and a value is sixteen times
/// what it says. What it says ends at a NUL, besides, and it may go on behind that.
std::size_t size_of_block(void* block) {
  return ::malloc_usable_size(block) + sizeof(std::size_t);
}

bool would_wait() {
  return errno == EAGAIN || errno == EINTR;
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

/// Unless kMore is the answer, or a whole request, all that is there is taken: epoll tells of it
/// only once. Left on the socket, some hundred small writes would fill its buffer with overhead,
/// and the peer would wait for ever to send the rest.
FastCgiConnection::Arrived FastCgiConnection::arrived(std::size_t max_body) {
  using Kind = Framing::Kind;
  if (draining_) return discard();
  const std::size_t most = max_body + kLargestParameters;
  std::array<char, 16 * 1024> chunk;
  std::size_t taken = 0;
  ssize_t got = 1;
  Framing framing = taken_.empty() ? Framing{} : frame_what_was_taken();
  while (framing.kind == Kind::kPart && taken_.size() < most && taken < kMostInATurn) {
    got = ::recv(socket_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got <= 0) break;
    taken += static_cast<std::size_t>(got);
    taken_.append(chunk.data(), static_cast<std::size_t>(got));
    framing = frame_what_was_taken();
  }
  if (framing.kind == Kind::kWhole) {
    arrived_ = framing.size;
    return Arrived::kWholeRequest;
  }
  const bool peer_has_ended = got == 0 || (got < 0 && !would_wait());
  if (framing.kind == Kind::kNoRequest || peer_has_ended) return Arrived::kEnd;
  if (taken_.size() >= most) {
    arrived_ = taken_.size();
    return Arrived::kWholeRequest;
  }
  // What was no part of a request leaves the room that it took, and the peer may say no more.
  if (taken_.capacity() / 2 > taken_.size()) taken_.shrink_to_fit();
  if (got > 0) return Arrived::kMore;
  return taken_.empty() ? Arrived::kNothing : Arrived::kPart;
}

/// Never unsifted.
Framing FastCgiConnection::frame_what_was_taken() {
  const Framing framing = framing_of(taken_);
  if (framing.kind == Framing::Kind::kWhole) return framing;
  const std::size_t before = taken_.size();
  const Sifted sifted = sift(taken_, answered_);
  discarded_ += before - taken_.size();
  send_if_possible(sifted.answers);
  if (sifted.is_over || discarded_ > kMostDiscarded) return {Framing::Kind::kNoRequest};
  return framing_of(taken_);
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
  std::string().swap(taken_);
  ::shutdown(socket_.get(), SHUT_WR);
}

std::optional<Request> FastCgiConnection::read_request(std::size_t max_body) {
  thread_local Replay replay;
  Descriptor& source = replay.of(std::string_view(taken_).substr(0, arrived_));
  std::optional<Request> request = read_from(source, max_body);
  if (request && !request->body_too_large) replay.was_read_to_the_end();
  request_.ipcFd = socket_.get();
  // A connection between two requests holds no memory.
  std::string(taken_, arrived_).swap(taken_);
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
  input_consumed_ = !request.body_too_large;
  discarded_ = 0;
  answered_ = 0;
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
  // One to read from, one to write to, and one for errors.
  constexpr std::size_t kBuffersOfLibfcgi = 2UL * 8192 + 512;
  std::size_t held = kBuffersOfLibfcgi + size_of_block(request_.envp);
  for (char** variable = request_.envp; *variable != nullptr; ++variable) {
    held += size_of_block(*variable);
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
