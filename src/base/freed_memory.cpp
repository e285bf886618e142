#include "base/freed_memory.h"

#include <malloc.h>
#include <string.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "base/sanitizer.h"

namespace hookspool {
namespace {

std::atomic<int> wipers{0};

}  // namespace

WipeFreedMemory::WipeFreedMemory() {
  ++wipers;
}

WipeFreedMemory::~WipeFreedMemory() {
  --wipers;
}

}  // namespace hookspool

#if !HOOKSPOOL_HAS_SANITIZER
// The other forms of operator delete come here, but for those of over-aligned memory, of which no
// text is made. The library's operator new is malloc.
void operator delete(void* memory) noexcept {
  if (memory != nullptr && hookspool::wipers.load(std::memory_order_relaxed) > 0) {
    ::explicit_bzero(memory, ::malloc_usable_size(memory));
  }
  std::free(memory);
}

void operator delete(void* memory, std::size_t /*size*/) noexcept {
  operator delete(memory);
}
#endif
