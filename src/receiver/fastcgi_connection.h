#pragma once

#include <fcgiapp.h>

#include <cstddef>
#include <optional>

#include "base/descriptor.h"
#include "receiver/request.h"
#include "receiver/response.h"

namespace hookspool::receiver {

/// One connection from a web server, with the request that is being read or answered on it.
///
/// libfcgi speaks the protocol, but we accept and close ourselves: left to itself it pins a thread
/// to a kept connection, waits up to two seconds for the first byte and again at closing, and has
/// no time limits (os_unix.c). One thread uses a connection at a time.
class FastCgiConnection {
 public:
  /// Takes an accepted socket over.
  explicit FastCgiConnection(Descriptor socket);
  FastCgiConnection(const FastCgiConnection&) = delete;
  FastCgiConnection& operator=(const FastCgiConnection&) = delete;
  ~FastCgiConnection();

  enum class Arrived { kNothing, kPart, kWholeRequest, kEnd };
  /// What has arrived, without waiting and without taking it: a thread that starts to read a
  /// request which is not all there would wait for a slow client. One that is sure to be refused
  /// for its size counts as whole; what can become no request, or is a part that the peer will not
  /// complete since it is gone, as the connection's end.
  Arrived arrived(std::size_t max_body);

  /// Reads a request. Nothing if the peer broke the protocol, the connection or a time limit; the
  /// connection is then of no more use.
  std::optional<Request> read_request(std::size_t max_body);

  /// Answers the request that was read. True if the web server keeps the connection and sends the
  /// next request on it; otherwise it is to be closed.
  bool respond(const Response& response);

  int fd() const { return socket_.get(); }

 private:
  Arrived look(std::size_t max_body);
  bool peer_has_ended() const;
  const char* parameter(const char* name) const;
  /// Sets time limits where a read or a write might wait: most connections carry one small request
  /// and one small answer, for which two system calls would be a tenth of the cost.
  void limit_waits();
  void read_body(Request& request, std::size_t max_body);

  Descriptor socket_;
  FCGX_Request request_{};
  bool head_ = false;
  bool input_consumed_ = false;
};

/// Prepares libfcgi; call it once, before the first connection. Keeps it from handling signals.
/// \throws Error
void initialize_fastcgi();

}  // namespace hookspool::receiver
