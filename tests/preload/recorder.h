#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "preload/record_format.h"

namespace hookspool::preload {

/// The directory whose files are looked at; nullptr if nothing is.
const char* watched_directory();

/// Held for a call and its entry, so that the order of entries is the order of the calls in all
/// threads and processes. One that is killed meanwhile lets go of it.
class CallOrder {
 public:
  CallOrder();
  CallOrder(const CallOrder&) = delete;
  CallOrder& operator=(const CallOrder&) = delete;
  ~CallOrder();

 private:
  int error_number_before_;
};

struct Entry {
  Kind kind;
  int descriptor = -1;
  ino_t inode = 0;
  std::uint64_t offset = 0;
  const char* path = nullptr;
  const char* second = nullptr;
  const void* data = nullptr;
  std::size_t length = 0;
};

/// Appends to the record, if there is one. The caller holds CallOrder.
void record(const Entry& entry);

}  // namespace hookspool::preload
