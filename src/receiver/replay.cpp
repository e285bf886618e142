#include "receiver/replay.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "base/error.h"

namespace hookspool::receiver {
namespace {

/// A pipe costs less than half of what a pair of sockets does; but this much is all that it is sure
/// to take at once (pipe(7), /proc/sys/fs/pipe-user-pages-soft).
constexpr std::size_t kFitsIntoAPipe = PIPE_BUF;

}  // namespace

Descriptor& Replay::of(std::string_view bytes) {
  if (bytes.size() > kFitsIntoAPipe) {
    make_sockets();
    const int room = static_cast<int>(2 * bytes.size());
    ::setsockopt(writing_.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    // If the system's limit lets less than all in, libfcgi meets an early end and refuses the
    // request.
    [[maybe_unused]] const auto sent =
        ::send(writing_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    writing_.reset();
    return reading_;
  }
  // A pair of sockets served for one request only.
  if (!is_empty_ || !writing_) make_pipe();
  is_empty_ = false;
  if (::write(writing_.get(), bytes.data(), bytes.size()) < 0) {
    throw SystemError("write into a pipe", errno);
  }
  return reading_;
}

void Replay::make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw SystemError("make a pipe", errno);
  reading_ = Descriptor(ends[0]);
  writing_ = Descriptor(ends[1]);
}

void Replay::make_sockets() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    throw SystemError("make a socket pair", errno);
  }
  reading_ = Descriptor(ends[0]);
  writing_ = Descriptor(ends[1]);
}

}  // namespace hookspool::receiver
