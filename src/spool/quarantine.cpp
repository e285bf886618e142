#include "spool/quarantine.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "base/error.h"
#include "spool/permissions.h"

namespace hookspool::spool {

Quarantine::Quarantine(FileSystem& files, const Layout& layout,
                       const std::filesystem::path& segment_name)
    : files_(files),
      layout_(layout),
      final_path_(layout.quarantine() / segment_name),
      unfinished_path_(final_path_.string() + ".unfinished-" + std::to_string(::getpid())) {}

Quarantine::~Quarantine() {
  if (!file_) return;
  try {
    files_.remove(unfinished_path_);
  } catch (const SystemError&) {
    // A leftover by that name tells a person nothing wrong: the segment is still there.
  }
}

void Quarantine::add(std::string_view bytes) {
  if (!file_) {
    files_.make_directory(layout_.quarantine(), kDirectoryMode);
    file_ = files_.open(unfinished_path_, O_WRONLY | O_CREAT | O_TRUNC, kFileMode);
  }
  while (!bytes.empty()) bytes.remove_prefix(files_.write(file_.get(), bytes));
}

void Quarantine::keep() {
  if (!file_) return;
  files_.fdatasync(file_.get());
  files_.rename(unfinished_path_, final_path_);
  file_.reset();
  files_.sync_directory(layout_.quarantine());
}

}  // namespace hookspool::spool
