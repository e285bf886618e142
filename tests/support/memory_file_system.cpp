#include "support/memory_file_system.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.h"

namespace hookspool::test {

using std::filesystem::path;

std::string MemoryFileSystem::File::written() const {
  std::string written = content;
  for (const auto& [from, to] : lost) {
    const std::size_t end = std::min(to, written.size());
    if (from < end) std::fill(written.begin() + from, written.begin() + end, '\0');
  }
  return written;
}

MemoryFileSystem::MemoryFileSystem() = default;
MemoryFileSystem::~MemoryFileSystem() = default;

void MemoryFileSystem::restart(Survival survival) {
  power_loss_at_ = 0;
  open_.clear();
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const bool last = i + 1 == pending_.size();
    if (survival.entries == Entries::kAll || (survival.entries == Entries::kOnlyLast && last) ||
        (survival.entries == Entries::kAllButLast && !last)) {
      pending_[i].apply(durable_entries_);
    }
  }
  pending_.clear();
  entries_ = durable_entries_;
  for (auto& [name, file] : entries_) {
    file->content = file->written();
    file->lost.clear();
    const bool grew = file->content.starts_with(file->durable);
    const std::size_t durable = file->durable.size();
    const std::size_t added = file->content.size() - std::min(durable, file->content.size());
    if (survival.data == Data::kNone || !grew) file->content = file->durable;
    if (survival.data == Data::kHalf && grew) file->content.resize(durable + added / 2);
    if (survival.data == Data::kZeros && grew) file->content.replace(durable, added, added, '\0');
    file->durable = file->content;
  }
}

Descriptor MemoryFileSystem::open(const path& name, int flags, mode_t) {
  count();
  auto found = entries_.find(name);
  if (found != entries_.end() && (flags & O_EXCL) != 0) throw SystemError("open", EEXIST);
  if (found == entries_.end()) {
    if ((flags & O_CREAT) == 0) throw SystemError("open " + name.string(), ENOENT);
    auto file = std::make_shared<File>(File{next_inode_++, "", "", {}});
    change({name.parent_path()}, [name, file](Entries_& entries) { entries[name] = file; });
    found = entries_.find(name);
  }
  if ((flags & O_TRUNC) != 0) found->second->content.clear();
  // A real descriptor, so that closing it is as in earnest and its number is not reused while open.
  Descriptor descriptor(::open("/dev/null", O_RDWR | O_CLOEXEC));
  open_[descriptor.get()] = found->second;
  return descriptor;
}

std::size_t MemoryFileSystem::write(int fd, std::string_view data) {
  count();
  file_of(fd).content += data;
  return data.size();
}

void MemoryFileSystem::truncate(int fd, off_t length) {
  count();
  file_of(fd).content.resize(static_cast<std::size_t>(length));
}

void MemoryFileSystem::fdatasync(int fd) {
  count();
  File& file = file_of(fd);
  if (const auto meanwhile = std::exchange(failing_sync_, nullptr)) {
    file.lost.emplace_back(file.durable.size(), file.content.size());
    meanwhile();
    throw SystemError("fdatasync", EIO);
  }
  file.durable = file.written();
}

void MemoryFileSystem::sync_directory(const path& directory) {
  count();
  std::vector<Change> still_pending;
  for (Change& change : pending_) {
    const auto& touched = change.directories;
    if (std::find(touched.begin(), touched.end(), directory) != touched.end()) {
      change.apply(durable_entries_);
    } else {
      still_pending.push_back(std::move(change));
    }
  }
  pending_ = std::move(still_pending);
}

void MemoryFileSystem::rename(const path& from, const path& to) {
  count();
  if (!entries_.contains(from)) throw SystemError("rename " + from.string(), ENOENT);
  const std::shared_ptr<File> file = entries_[from];
  change({from.parent_path(), to.parent_path()}, [from, to, file](Entries_& entries) {
    const auto old = entries.find(from);
    if (old != entries.end() && old->second == file) entries.erase(old);
    entries[to] = file;
  });
}

void MemoryFileSystem::remove(const path& name) {
  count();
  if (!entries_.contains(name)) throw SystemError("remove " + name.string(), ENOENT);
  change({name.parent_path()}, [name](Entries_& entries) { entries.erase(name); });
}

void MemoryFileSystem::make_directory(const path&, mode_t) {
  count();
}

std::optional<spool::FileId> MemoryFileSystem::identify(const path& name) {
  count();
  const auto found = entries_.find(name);
  if (found == entries_.end()) return std::nullopt;
  return spool::FileId{1, found->second->inode};
}

spool::FileId MemoryFileSystem::identify(int fd) {
  count();
  return {1, file_of(fd).inode};
}

off_t MemoryFileSystem::size(int fd) {
  count();
  return static_cast<off_t>(file_of(fd).content.size());
}

std::string MemoryFileSystem::read_at(int fd, off_t offset, std::size_t length) {
  count();
  const std::string& content = file_of(fd).content;
  if (static_cast<std::size_t>(offset) >= content.size()) return "";
  return content.substr(static_cast<std::size_t>(offset), length);
}

std::vector<std::string> MemoryFileSystem::list(const path& directory) {
  count();
  std::vector<std::string> names;
  for (const auto& [name, file] : entries_) {
    if (name.parent_path() == directory) names.push_back(name.filename());
  }
  return names;
}

bool MemoryFileSystem::lock(int, std::chrono::milliseconds) {
  count();
  return true;
}

void MemoryFileSystem::unlock(int) {}

void MemoryFileSystem::count() {
  ++calls_;
  if (power_loss_at_ > 0 && calls_ >= power_loss_at_) throw PowerLost{};
}

MemoryFileSystem::File& MemoryFileSystem::file_of(int fd) {
  const auto found = open_.find(fd);
  if (found == open_.end()) throw SystemError("use a descriptor", EBADF);
  return *found->second;
}

void MemoryFileSystem::change(std::vector<path> directories, std::function<void(Entries_&)> apply) {
  apply(entries_);
  pending_.push_back({std::move(directories), std::move(apply)});
}

}  // namespace hookspool::test
