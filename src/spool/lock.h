#pragma once

#include <chrono>
#include <utility>

#include "base/descriptor.h"
#include "spool/file_system.h"
#include "spool/layout.h"

namespace hookspool::spool {

/// The lock that every writer and sealer of a spool takes: flock(2) on spool/lock, between
/// processes and between the Locks of one process. One thread uses a Lock at a time.
class Lock {
 public:
  /// Whoever has the lock needs it for a write, or to make or seal a segment with the syncs of its
  /// directories, and lets go of it when it ends. Only one that is stopped, or that a disk or a
  /// server of files keeps waiting, has it for longer: and Strava is answered within two seconds.
  static constexpr std::chrono::milliseconds kPatience{1000};

  /// `files` must outlive the lock. Opens nothing yet.
  Lock(FileSystem& files, const Layout& layout, std::chrono::milliseconds patience = kPatience);

  /// Releases the lock when it ends.
  class Held {
   public:
    Held(FileSystem& files, int fd) : files_(&files), fd_(fd) {}
    Held(Held&& other) noexcept : files_(other.files_), fd_(std::exchange(other.fd_, -1)) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    Held& operator=(Held&&) = delete;
    ~Held();

   private:
    FileSystem* files_;
    int fd_;
  };

  /// Waits until nobody else holds the lock, as far as the patience goes. Makes the spool directory
  /// and the lock file where they are missing, also when somebody removed them since the last time.
  /// \throws SystemError  of EWOULDBLOCK where the patience was not enough
  Held hold();

 private:
  void open();

  FileSystem& files_;
  Layout layout_;
  std::chrono::milliseconds patience_;
  Descriptor file_;
  FileId id_;
};

}  // namespace hookspool::spool
