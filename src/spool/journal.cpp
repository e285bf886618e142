#include "spool/journal.h"

#include <fcntl.h>

#include <cerrno>
#include <exception>
#include <string>
#include <utility>

#include "spool/permissions.h"
#include "spool/seal.h"

namespace hookspool::spool {
namespace {

constexpr int kOpenFlags = O_RDWR | O_APPEND;

bool ends_without_newline(FileSystem& files, int segment, off_t size) {
  return size > 0 && files.read_at(segment, size - 1, 1) != "\n";
}

/// Under the spool's lock nobody else appends, so a short write may simply go on. If it cannot, the
/// segment is cut back to `size`.
void append_or_undo(FileSystem& files, int segment, off_t size, std::string_view data) {
  try {
    while (!data.empty()) data.remove_prefix(files.write(segment, data));
  } catch (const SystemError&) {
    try {
      files.truncate(segment, size);
    } catch (const SystemError&) {
      // The torn record stays; the next writer finds no newline at the end and isolates it.
    }
    throw;
  }
}

}  // namespace

Journal::Journal(FileSystem& files, const Clock& clock, const Layout& layout)
    : files_(files), clock_(clock), layout_(layout), lock_(files, layout) {}

void Journal::append(std::string_view lines) {
  try {
    write(lines);
    sync();
  } catch (const SystemError& error) {
    throw SpoolUnavailable(error.what());
  }
}

void Journal::write(std::string_view lines) {
  const Lock::Held held = lock_.hold();
  ensure_current();
  const off_t size = files_.size(segment_.get());
  // What others wrote may not be on the disk, not even the newline at its end: their fdatasync has
  // failed, which a descriptor that is opened afterwards is not told of.
  if (follows_others_ || ends_without_newline(files_, segment_.get(), size)) {
    append_or_undo(files_, segment_.get(), size, "\n" + std::string(lines));
  } else {
    append_or_undo(files_, segment_.get(), size, lines);
  }
  follows_others_ = false;
}

void Journal::sync() {
  try {
    files_.fdatasync(segment_.get());
  } catch (const std::exception&) {
    distrust_segment();
    throw;
  }
}

/// Makes `segment_` the current segment, with a durable directory entry. The lock is held.
void Journal::ensure_current() {
  std::optional<FileId> current = files_.identify(layout_.current());
  if (current && current == distrusted_) {
    seal_current(files_, layout_, clock_.now());
    current.reset();
  }
  distrusted_.reset();
  if (segment_ && current == segment_id_) return;

  segment_.reset();
  Descriptor segment = current ? open_segment() : create_segment();
  segment_id_ = files_.identify(segment.get());
  follows_others_ = current && files_.size(segment.get()) > 0;
  segment_ = std::move(segment);
}

Descriptor Journal::open_segment() {
  Descriptor segment = files_.open(layout_.current(), kOpenFlags, kFileMode);
  // Whoever created it may have been killed before its entry was durable. A segment that holds
  // something has had its entry synced before the first record was written.
  if (files_.size(segment.get()) == 0) files_.sync_directory(layout_.root());
  return segment;
}

Descriptor Journal::create_segment() {
  // A sealer may have been killed between its rename and its syncs. Were the name "current" given
  // to a new file before the old one's new name is durable, a power loss could leave the old one
  // without any.
  files_.make_directory(layout_.sealed(), kDirectoryMode);
  files_.sync_directory(layout_.sealed());
  Descriptor segment = files_.open(layout_.current(), kOpenFlags | O_CREAT | O_EXCL, kFileMode);
  files_.sync_directory(layout_.root());
  return segment;
}

void Journal::distrust_segment() noexcept {
  segment_.reset();
  try {
    const Lock::Held held = lock_.hold();
    seal_if_current(segment_id_);
  } catch (const std::exception&) {
    // The next append tries again before it writes anything.
    distrusted_ = segment_id_;
  }
}

void Journal::seal_if_current(const FileId& segment) {
  if (files_.identify(layout_.current()) == segment) {
    seal_current(files_, layout_, clock_.now());
  }
}

}  // namespace hookspool::spool
