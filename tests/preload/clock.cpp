// The C library's ways to ask for the time of day, in place of its own: HOOKSPOOL_CALLS_CLOCK names
// a file of eight bytes, a number of seconds in the machine's byte order, by which the clock is
// wrong. Whoever changes it makes the clock of running programs jump. Clocks that cannot be set are
// right.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace hookspool::preload {
namespace {

std::atomic<std::int64_t>* offset = nullptr;

/// Before the program can shut itself off from the file.
__attribute__((constructor)) void map_offset() {
  const char* const file = std::getenv("HOOKSPOOL_CALLS_CLOCK");
  if (file == nullptr) return;
  const auto fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC));
  if (fd < 0) return;
  void* const mapped = ::mmap(nullptr, sizeof *offset, PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  if (mapped != MAP_FAILED) offset = static_cast<std::atomic<std::int64_t>*>(mapped);
}

bool can_be_set(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

std::int64_t seconds_off() {
  return offset == nullptr ? 0 : offset->load();
}

}  // namespace
}  // namespace hookspool::preload

using namespace hookspool::preload;

#define HOOKSPOOL_CALL extern "C" __attribute__((visibility("default")))

HOOKSPOOL_CALL int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const auto result = static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
  if (result == 0 && can_be_set(clock)) now->tv_sec += seconds_off();
  return result;
}

HOOKSPOOL_CALL int gettimeofday(timeval* now, void* /*zone*/) noexcept {
  timespec precise{};
  const int result = clock_gettime(CLOCK_REALTIME, &precise);
  constexpr long kNanosecondsInAMicrosecond = 1000;
  *now = {precise.tv_sec, precise.tv_nsec / kNanosecondsInAMicrosecond};
  return result;
}

HOOKSPOOL_CALL time_t time(time_t* now) noexcept {
  timespec precise{};
  clock_gettime(CLOCK_REALTIME, &precise);
  if (now != nullptr) *now = precise.tv_sec;
  return precise.tv_sec;
}
