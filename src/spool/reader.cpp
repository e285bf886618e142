#include "spool/reader.h"

#include <fcntl.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "spool/quarantine.h"
#include "spool/seal.h"

namespace hookspool::spool {
namespace {

constexpr std::size_t kChunk = 256 * 1024;
/// A body has at most 128 KiB (max_body), and of JSON text at most every character is escaped.
constexpr std::size_t kLongestLine = 1024 * 1024;

/// Cuts a segment into lines, holding one chunk and one line in memory.
class LineReader {
 public:
  LineReader(FileSystem& files, int segment) : files_(files), segment_(segment) {}

  /// The next line without its newline; false at the end. What is longer than any record comes in
  /// pieces, none of which checks.
  bool next(std::string_view& line) {
    while (true) {
      const std::size_t end = buffer_.find('\n', searched_);
      if (end != std::string::npos) return take(line, end, end + 1);
      searched_ = buffer_.size();
      if (searched_ - start_ > kLongestLine) return take(line, searched_, searched_);
      if (!fill()) return start_ < buffer_.size() && take(line, buffer_.size(), buffer_.size());
    }
  }

 private:
  bool take(std::string_view& line, std::size_t end, std::size_t next) {
    line = std::string_view(buffer_).substr(start_, end - start_);
    start_ = searched_ = next;
    return true;
  }

  bool fill() {
    buffer_.erase(0, start_);
    searched_ -= start_;
    start_ = 0;
    const std::string chunk = files_.read_at(segment_, offset_, kChunk);
    offset_ += static_cast<off_t>(chunk.size());
    buffer_ += chunk;
    return !chunk.empty();
  }

  FileSystem& files_;
  int segment_;
  off_t offset_ = 0;
  std::string buffer_;
  std::size_t start_ = 0;
  std::size_t searched_ = 0;
};

Descriptor open_if_there(FileSystem& files, const std::filesystem::path& path, int flags) {
  try {
    return files.open(path, flags, 0);
  } catch (const SystemError& error) {
    if (error.error_number() != ENOENT) throw;
    return Descriptor();
  }
}

}  // namespace

Reader::Reader(std::filesystem::path spool, FileSystem& files, const Clock& clock)
    : files_(files), clock_(clock), layout_(std::move(spool)), lock_(files, layout_) {}

bool Reader::seal() {
  const Lock::Held held = lock_.hold();
  const Descriptor current = open_if_there(files_, layout_.current(), O_RDONLY);
  if (!current || files_.size(current.get()) == 0) return false;
  seal_current(files_, layout_, clock_.now());
  return true;
}

std::vector<std::filesystem::path> Reader::sealed_segments() const {
  std::vector<std::filesystem::path> segments;
  for (const std::string& name : files_.list(layout_.sealed())) {
    if (name.ends_with(kSegmentSuffix)) segments.push_back(layout_.sealed() / name);
  }
  return segments;
}

SegmentSummary Reader::read(const std::filesystem::path& segment, std::size_t batch_size,
                            const std::function<void(const std::vector<Record>&)>& take) {
  SegmentSummary summary;
  const Descriptor file = open_if_there(files_, segment, O_RDONLY);
  if (!file) return summary;

  Quarantine quarantine(files_, layout_, segment.filename());
  std::vector<Record> batch;
  LineReader lines(files_, file.get());
  for (std::string_view line; lines.next(line);) {
    // A writer who came after others began with a newline.
    if (line.empty()) continue;
    if (std::optional<Record> record = decode(line)) {
      batch.push_back(std::move(*record));
      ++summary.records;
    } else {
      quarantine.add(line);
      quarantine.add("\n");
      ++summary.quarantined;
    }
    if (batch.size() >= batch_size) {
      take(batch);
      batch.clear();
    }
  }
  if (!batch.empty()) take(batch);
  quarantine.keep();
  return summary;
}

void Reader::remove(const std::filesystem::path& segment) {
  try {
    files_.remove(segment);
  } catch (const SystemError& error) {
    if (error.error_number() != ENOENT) throw;
  }
}

Backlog Reader::backlog() const {
  std::vector<std::filesystem::path> segments = sealed_segments();
  segments.push_back(layout_.current());
  Backlog backlog;
  for (const auto& segment : segments) {
    const Descriptor file = open_if_there(files_, segment, O_RDONLY);
    const off_t size = file ? files_.size(file.get()) : 0;
    if (size == 0) continue;
    ++backlog.segments;
    backlog.bytes += static_cast<std::uintmax_t>(size);
    std::ifstream lines(segment, std::ios::binary);
    for (std::string line; std::getline(lines, line);) {
      if (line.empty()) continue;
      ++backlog.records;
      if (backlog.oldest) continue;
      if (const auto record = decode(line)) backlog.oldest = record->received;
    }
  }
  return backlog;
}

}  // namespace hookspool::spool
