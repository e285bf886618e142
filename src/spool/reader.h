#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "spool/file_system.h"
#include "spool/layout.h"
#include "spool/lock.h"
#include "spool/record.h"

namespace hookspool::spool {

/// What was found in one segment.
struct SegmentSummary {
  std::size_t records = 0;
  std::size_t quarantined = 0;  ///< lines that did not check
};

/// How much waits in a spool.
struct Backlog {
  std::size_t segments = 0;  ///< sealed ones, and the current one if it holds anything
  std::uintmax_t bytes = 0;
  std::size_t records = 0;
  std::optional<Timestamp> oldest;  ///< when the first of them was received
};

/// The fetcher's side of the spool: seals, reads, and removes what the store has taken over.
///
/// Several processes may read one spool at once: each record may then be seen twice, which its id
/// shows. One thread uses a Reader at a time.
class Reader {
 public:
  /// `files` and `clock` must outlive the reader.
  Reader(std::filesystem::path spool, FileSystem& files, const Clock& clock);

  /// Seals the current segment if it holds anything, so that what was received until now can be
  /// read. True if it did.
  /// \throws SystemError
  bool seal();

  /// Segments that can be read, oldest first.
  /// \throws SystemError
  std::vector<std::filesystem::path> sealed_segments() const;

  /// Hands the records of a sealed segment to `take`, up to `batch_size` at once, in their order.
  /// Lines that do not check are kept in spool/quarantine under the segment's name, durably, before
  /// this returns. A segment that another reader removed meanwhile has no records.
  /// \throws SystemError  the segment could not be read to its end; nothing may be removed
  SegmentSummary read(const std::filesystem::path& segment, std::size_t batch_size,
                      const std::function<void(const std::vector<Record>&)>& take);

  /// Removes a segment all of whose records are safe elsewhere. No error if it is gone already.
  /// \throws SystemError
  void remove(const std::filesystem::path& segment);

  /// Reads all that waits, to count it. \throws SystemError
  Backlog backlog() const;

 private:
  FileSystem& files_;
  const Clock& clock_;
  Layout layout_;
  Lock lock_;
};

}  // namespace hookspool::spool
