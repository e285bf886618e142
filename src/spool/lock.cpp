#include "spool/lock.h"

#include <fcntl.h>

#include <cerrno>
#include <thread>

#include "base/error.h"
#include "spool/permissions.h"

namespace hookspool::spool {
namespace {

/// Between two tries. Not more for whoever has waited for long: they would come last.
constexpr std::chrono::microseconds kPause{500};

}  // namespace

Lock::Lock(FileSystem& files, const Layout& layout, std::chrono::milliseconds patience)
    : files_(files), layout_(layout), patience_(patience) {}

Lock::Held::~Held() {
  if (fd_ < 0) return;
  try {
    files_->unlock(fd_);
  } catch (const SystemError&) {
    // flock(2) has no reason to refuse here, and closing the descriptor releases it anyway.
  }
}

Lock::Held Lock::hold() {
  while (true) {
    if (!file_) open();
    wait_for_lock();
    Held held(files_, file_.get());
    // Whoever holds the lock of a file that was removed meanwhile excludes nobody.
    if (files_.identify(layout_.lock()) == id_) return held;
    file_.reset();
  }
}

/// By trying again: flock(2) would wait for ever, and for a signal to end it there would have to be
/// somebody who sends it.
void Lock::wait_for_lock() {
  using Steady = std::chrono::steady_clock;
  const auto end = Steady::now() + patience_;
  while (!files_.try_lock(file_.get())) {
    if (Steady::now() >= end) {
      throw SystemError("take the lock " + layout_.lock().string() +
                            ", which another process has and does not let go of (fuser names it; "
                            "end it if it is stopped)",
                        EWOULDBLOCK);
    }
    std::this_thread::sleep_for(kPause);
  }
}

void Lock::open() {
  files_.make_directory(layout_.root(), kDirectoryMode);
  try {
    file_ = files_.open(layout_.lock(), O_RDWR | O_CREAT | O_EXCL, kFileMode);
  } catch (const SystemError& error) {
    if (error.error_number() != EEXIST) throw;
    file_ = files_.open(layout_.lock(), O_RDWR, kFileMode);
  }
  id_ = files_.identify(file_.get());
}

}  // namespace hookspool::spool
