#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/error.h"
#include "spool/file_system.h"
#include "spool/layout.h"
#include "spool/lock.h"

namespace hookspool::spool {

/// The spool cannot take a record now. The event must not be acknowledged: Strava will repeat it.
class SpoolUnavailable : public Error {
 public:
  explicit SpoolUnavailable(const std::string& message) : Error(ExitCode::kTryAgain, message) {}
};

/// Appends records to the spool's current segment, durably.
///
/// Any number of Journals, in any number of processes, append to one spool at once. One thread uses
/// a Journal at a time; GroupCommit makes one serve many.
class Journal {
 public:
  /// Touches nothing yet. `files` and `clock` must outlive the journal.
  Journal(FileSystem& files, const Clock& clock, const Layout& layout);

  /// Appends whole lines, as encode() makes them, and returns once they are on stable storage:
  /// after fdatasync of their segment, whose directory entry is durable by then.
  ///
  /// On failure the caller must acknowledge none of them. What the failed write left behind is cut
  /// off; if that fails too, the next writer isolates it. After a failed fdatasync the descriptor
  /// is never trusted again, for the kernel reports such an error once and then calls the pages
  /// clean: the segment is sealed, and the next append opens a new one.
  /// \throws SpoolUnavailable  the message names the call, the file and errno
  void append(std::string_view lines);

 private:
  void write(std::string_view lines);
  void sync();
  void ensure_current();
  Descriptor open_segment();
  Descriptor create_segment();
  void distrust_segment() noexcept;
  void seal_if_current(const FileId& segment);

  FileSystem& files_;
  const Clock& clock_;
  Layout layout_;
  Lock lock_;
  Descriptor segment_;
  FileId segment_id_;
  /// Others have written to the segment, and we not yet.
  bool follows_others_ = false;
  /// A segment whose fdatasync failed and that could not be sealed yet.
  std::optional<FileId> distrusted_;
};

}  // namespace hookspool::spool
