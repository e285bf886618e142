#pragma once

namespace hookspool {

/// While one lives, operator delete wipes what it frees, in the whole process: libraries of C++
/// that read a secret leave it, or parts of it, in buffers that they outgrow. Over-aligned memory
/// is not wiped. A build with a sanitizer has operators of its own, which wipe nothing.
/// Thread-safe.
class WipeFreedMemory {
 public:
  WipeFreedMemory();
  WipeFreedMemory(const WipeFreedMemory&) = delete;
  WipeFreedMemory& operator=(const WipeFreedMemory&) = delete;
  ~WipeFreedMemory();
};

}  // namespace hookspool
