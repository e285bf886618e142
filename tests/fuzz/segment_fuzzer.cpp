// A sealed segment. The first byte of the input says in what pieces it is read; a line that begins
// with "{" gets its checksum in front.

#include <fcntl.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "checksum.h"
#include "property.h"
#include "spool/reader.h"
#include "support/fake_clock.h"
#include "support/memory_file_system.h"

namespace hookspool {
namespace {

using fuzz::expect;

/// Files that come in small pieces, so that a short segment has as many borders as a long one.
class SlowFileSystem final : public spool::FileSystem {
 public:
  explicit SlowFileSystem(std::size_t piece) : piece_(piece) {}

  std::string read_at(int fd, off_t offset, std::size_t length) override {
    return files_.read_at(fd, offset, std::min(length, piece_));
  }

  Descriptor open(const std::filesystem::path& path, int flags, mode_t mode) override {
    return files_.open(path, flags, mode);
  }
  std::size_t write(int fd, std::string_view data) override { return files_.write(fd, data); }
  void truncate(int fd, off_t length) override { files_.truncate(fd, length); }
  void fdatasync(int fd) override { files_.fdatasync(fd); }
  void sync_directory(const std::filesystem::path& directory) override {
    files_.sync_directory(directory);
  }
  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    files_.rename(from, to);
  }
  void remove(const std::filesystem::path& path) override { files_.remove(path); }
  void make_directory(const std::filesystem::path& directory, mode_t mode) override {
    files_.make_directory(directory, mode);
  }
  std::optional<spool::FileId> identify(const std::filesystem::path& path) override {
    return files_.identify(path);
  }
  spool::FileId identify(int fd) override { return files_.identify(fd); }
  off_t size(int fd) override { return files_.size(fd); }
  std::vector<std::string> list(const std::filesystem::path& directory) override {
    return files_.list(directory);
  }
  bool lock(int fd, std::chrono::milliseconds patience) override {
    return files_.lock(fd, patience);
  }
  void unlock(int fd) override { files_.unlock(fd); }

 private:
  test::MemoryFileSystem files_;
  std::size_t piece_;
};

/// The lines of a text; what stands behind the last newline is one, too, unless it is empty.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

struct Segment {
  std::string content;
  std::vector<std::string> bodies;  ///< of the lines that check
  std::string damaged;              ///< the others, each with a newline
};

Segment segment_of(std::string_view text) {
  Segment segment;
  for (std::string line : lines_of(text)) {
    if (line.starts_with('{')) line = fuzz::with_checksum(line);
    segment.content += line + '\n';
    if (const auto record = spool::decode(line)) {
      segment.bodies.push_back(record->body);
    } else if (!line.empty()) {
      segment.damaged += line + '\n';
    }
  }
  // The end of a torn segment has no newline; whether the line checks does not depend on it.
  if (!text.empty() && text.back() != '\n') segment.content.pop_back();
  return segment;
}

const std::filesystem::path kSpool = "/spool";
const std::filesystem::path kSegment = kSpool / "sealed" / "1.segment";
const std::filesystem::path kQuarantined = kSpool / "quarantine" / "1.segment";

std::string content_of(spool::FileSystem& files, const std::filesystem::path& path) {
  if (!files.identify(path)) return "";
  const Descriptor file = files.open(path, O_RDONLY, 0);
  std::string content;
  for (std::string piece = "x"; !piece.empty(); content += piece) {
    piece = files.read_at(file.get(), static_cast<off_t>(content.size()), 4096);
  }
  return content;
}

void lay_out(spool::FileSystem& files, const std::string& content) {
  for (const char* directory : {"", "sealed", "quarantine"}) {
    files.make_directory(kSpool / directory, 0770);
  }
  const Descriptor file = files.open(kSegment, O_WRONLY | O_CREAT | O_EXCL, 0660);
  std::string_view rest = content;
  while (!rest.empty()) rest.remove_prefix(files.write(file.get(), rest));
}

}  // namespace
}  // namespace hookspool

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hookspool;
  if (size == 0) return 0;
  SlowFileSystem files(1 + std::size_t{data[0]});
  const Segment segment = segment_of(fuzz::text_of(data + 1, size - 1));
  lay_out(files, segment.content);

  const test::FakeClock clock;
  spool::Reader reader(kSpool, files, clock);
  constexpr std::size_t kBatch = 3;
  std::vector<std::string> bodies;
  const auto summary = reader.read(kSegment, kBatch, [&](const std::vector<spool::Record>& batch) {
    expect(!batch.empty() && batch.size() <= kBatch, "a batch is neither empty nor too large");
    for (const spool::Record& record : batch) bodies.push_back(record.body);
  });
  expect(bodies == segment.bodies, "exactly the lines that check are handed out, in their order");
  expect(summary.records == bodies.size(), "the summary counts the records");
  expect(content_of(files, kQuarantined) == segment.damaged,
         "every other line that holds something is in quarantine, byte for byte");
  expect(summary.quarantined == static_cast<std::size_t>(std::ranges::count(segment.damaged, '\n')),
         "the summary counts the quarantined lines");
  return 0;
}
