#pragma once

namespace hookspool {

/// While one lives, operator delete wipes what it frees, in the whole process: libraries that read
/// a secret leave it, or parts of it, in buffers that they outgrow. A build with a sanitizer has
/// operators of its own, which do not. Thread-safe.
class WipeFreedMemory {
 public:
  WipeFreedMemory();
  WipeFreedMemory(const WipeFreedMemory&) = delete;
  WipeFreedMemory& operator=(const WipeFreedMemory&) = delete;
  ~WipeFreedMemory();
};

}  // namespace hookspool
