#pragma once

#include <array>
#include <string>

#include "base/descriptor.h"
#include "spool/layout.h"

namespace hookspool::fetcher {

/// What ends the fetcher's sleep: an event in the spool (inotify), a command that has ended, or a
/// signal that asks it to stop.
class Wake {
 public:
  /// Watches `spool`, which exists, and blocks SIGTERM, SIGINT, SIGHUP and SIGCHLD to have them as
  /// a descriptor, but for a SIGHUP that the program was started to ignore. The first three ask for
  /// the same clean stop: there is nothing to reload that a new start does not do better. Where the
  /// system has no inotify to give (its limits are small on shared hosts), the periodic scan is
  /// left, with a line in the log.
  explicit Wake(const spool::Layout& spool);

  /// Descriptors that become readable.
  const std::array<int, 2>& descriptors() const { return descriptors_; }

  /// Takes what has arrived. True if something was appended to the spool.
  bool take();
  /// Also by a signal that take() has not taken yet.
  bool stop_requested() const;

 private:
  std::string current_;
  Descriptor changes_;
  Descriptor signals_;
  std::array<int, 2> descriptors_;
  bool stop_was_taken_ = false;
};

}  // namespace hookspool::fetcher
