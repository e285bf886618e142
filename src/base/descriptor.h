#pragma once

#include <unistd.h>

#include <utility>

namespace hookspool {

/// Owns a file descriptor and closes it. Movable, not copyable; -1 means that it owns none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

  /// Closes what is owned, if anything. An error of close() is of no use to anybody here: data
  /// that must be on disk has been synced before.
  void reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  /// Gives the descriptor away without closing it.
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

}  // namespace hookspool
