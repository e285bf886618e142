#include "spool/lock.h"

#include <fcntl.h>

#include <cerrno>

#include "base/error.h"
#include "spool/permissions.h"

namespace hookspool::spool {

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
    if (!files_.lock(file_.get(), patience_)) {
      throw SystemError("take the lock " + layout_.lock().string() +
                            ", which another process has and does not let go of (fuser names it; "
                            "end it if it is stopped)",
                        EWOULDBLOCK);
    }
    Held held(files_, file_.get());
    // Whoever holds the lock of a file that was removed meanwhile excludes nobody.
    if (files_.identify(layout_.lock()) == id_) return held;
    file_.reset();
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
