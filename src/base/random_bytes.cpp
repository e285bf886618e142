#include "base/random_bytes.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.h"
#include "base/error.h"

namespace hookspool {
namespace {

Descriptor open_device() {
  Descriptor device(::open("/dev/urandom", O_RDONLY | O_CLOEXEC));
  if (!device) throw SystemError("open /dev/urandom", errno);
  return device;
}

/// Kept, since a sandbox lets nobody open it.
ssize_t read_device(std::span<std::byte> bytes) {
  static const Descriptor device = open_device();
  return ::read(device.get(), bytes.data(), bytes.size());
}

ssize_t draw(std::span<std::byte> bytes) {
  const ssize_t drawn = ::getrandom(bytes.data(), bytes.size(), 0);
  return drawn < 0 && errno == ENOSYS ? read_device(bytes) : drawn;
}

}  // namespace

void fill_with_random(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t drawn = draw(bytes);
    if (drawn > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(drawn));
    } else if (drawn == 0 || errno != EINTR) {
      throw SystemError("get random numbers", drawn == 0 ? EIO : errno);
    }
  }
}

void prepare_random() {
  std::byte first{};
  fill_with_random({&first, 1});
}

}  // namespace hookspool
