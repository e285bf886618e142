#pragma once

#include <string_view>

#include "base/descriptor.h"

namespace hookspool::receiver {

/// Lets libfcgi, which reads from descriptors alone, read what is in memory: what it takes off a
/// connection itself may be more than the request that it reads, and then it keeps the rest to
/// itself. Not thread-safe.
class Replay {
 public:
  /// The descriptor from which `bytes` can be read. Reading never waits: behind them there is an
  /// error or the end. Valid until the next call; the caller releases it if somebody closed it.
  /// \throws SystemError
  Descriptor& of(std::string_view bytes);

  /// Says that all of them were read, so that the descriptor serves for the next ones as well.
  void was_read_to_the_end() { is_empty_ = true; }

 private:
  void make_pipe();
  void make_sockets();

  Descriptor reading_;
  Descriptor writing_;
  bool is_empty_ = false;
};

}  // namespace hookspool::receiver
