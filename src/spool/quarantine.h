#pragma once

#include <filesystem>
#include <string_view>

#include "base/descriptor.h"
#include "spool/file_system.h"
#include "spool/layout.h"

namespace hookspool::spool {

/// Collects the unreadable lines of one segment. The file appears under its final name, whole and
/// durable, by keep(); without that nothing of it stays, so that a segment that is read again after
/// a crash is not quarantined twice.
class Quarantine {
 public:
  /// `segment_name` is the file name of the segment. Touches nothing yet.
  Quarantine(FileSystem& files, const Layout& layout, const std::filesystem::path& segment_name);
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;
  ~Quarantine();

  /// \throws SystemError
  void add(std::string_view bytes);
  /// \throws SystemError
  void keep();

 private:
  FileSystem& files_;
  Layout layout_;
  std::filesystem::path final_path_;
  std::filesystem::path unfinished_path_;
  Descriptor file_;
};

}  // namespace hookspool::spool
