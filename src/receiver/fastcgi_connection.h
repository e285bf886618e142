#pragma once

#include <fcgiapp.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "receiver/fastcgi_framing.h"
#include "receiver/request.h"
#include "receiver/response.h"

namespace hookspool::receiver {

/// One connection from a web server, with the request that is being read or answered on it.
///
/// libfcgi speaks the protocol, but we accept and close ourselves: left to itself it pins a thread
/// to a kept connection, waits up to two seconds for the first byte and again at closing, and has
/// no time limits (os_unix.c). We read ourselves, too, and give it one request after the other.
/// One thread uses a connection at a time.
class FastCgiConnection {
 public:
  /// Takes an accepted socket over, which must not block: nobody waits for a web server that does
  /// not read its answers.
  explicit FastCgiConnection(Descriptor socket);
  FastCgiConnection(const FastCgiConnection&) = delete;
  FastCgiConnection& operator=(const FastCgiConnection&) = delete;
  ~FastCgiConnection();

  /// kMore is a part behind which there may be more already: one that sends without end must not
  /// have a thread for itself.
  enum class Arrived { kNothing, kPart, kMore, kWholeRequest, kEnd };
  /// What has arrived, without waiting for more: a thread that starts to read a request which is
  /// not all there would wait for a slow client. One that is sure to be refused for its size counts
  /// as whole; what can become no request, or is a part that the peer will not complete since it is
  /// gone, as the connection's end, and so does more of what nobody reads than anybody honest
  /// sends.
  Arrived arrived(std::size_t max_body);

  /// How many bytes of memory there are for what was taken off the socket and not read yet: a part
  /// of a request, or what was sent behind one before that was answered. None if that is nothing.
  std::size_t held() const { return taken_.empty() ? 0 : taken_.capacity(); }

  /// Reads the request that arrived() told of. Nothing if the peer broke the protocol; the
  /// connection is then of no more use. \throws SystemError
  std::optional<Request> read_request(std::size_t max_body);

  /// Answers the request that was read. True if the web server keeps the connection and sends the
  /// next request on it; otherwise it is to be closed.
  bool respond(const Response& response);

  /// Whether the peer may still be sending a body that was answered without being read to its end.
  bool has_unread_input() const { return !input_consumed_; }
  /// Ends our side, and from now on throws away what arrives: closing with unread input would take
  /// the answer from a peer on TCP (RFC 9112, section 9.6). arrived() then tells when the peer has
  /// ended.
  void drain();

  /// How many bytes of memory libfcgi keeps from the request to its answer: buffers for reading and
  /// writing (fcgiapp.c, FCGX_Accept_r), and the parameters.
  std::size_t held_by_request() const;

  int fd() const { return socket_.get(); }

 private:
  Framing frame_what_was_taken();
  void send_if_possible(std::string_view records);
  Arrived discard();
  std::optional<Request> read_from(Descriptor& source, std::size_t max_body);
  const char* parameter(const char* name) const;
  void read_body(Request& request, std::size_t max_body);

  Descriptor socket_;
  std::string taken_;          ///< off the socket, and not read yet
  std::size_t arrived_ = 0;    ///< how much of that, from its beginning on, is to be read next
  std::size_t discarded_ = 0;  ///< bytes that were no part of a request, since the last one
  int answered_ = 0;           ///< times without a request, since the last one
  FCGX_Request request_{};
  bool head_ = false;
  bool input_consumed_ = false;
  bool draining_ = false;
};

/// Prepares libfcgi; call it once, before the first connection. Keeps it from handling signals.
/// \throws Error
void initialize_fastcgi();

}  // namespace hookspool::receiver
