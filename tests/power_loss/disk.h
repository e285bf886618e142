#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "power_loss/recording.h"

namespace hookspool::power_loss {

/// What becomes of one change that was not synced when the power goes.
struct Fate {
  enum Kind {
    kDropped,
    kKept,
    kHead,   ///< of a write the bytes before `at`
    kTail,   ///< of a write the bytes from `at` on; where the file had none before, zeros are there
    kZeros,  ///< the file is as long as after the write, and what would be new is zeros
  } kind = kDropped;
  std::size_t at = 0;

  bool operator==(const Fate&) const = default;
};

/// A change that is not certain to outlive a power loss.
struct Unsynced {
  /// Of a write; 0 for a truncation and for a change of directory entries.
  std::size_t bytes = 0;
  /// The change, by its place in the list, without which this one cannot have happened: of a rename
  /// the old name is not gone unless the new one is there.
  std::optional<std::size_t> needs = {};
};

/// What is found after a power loss.
struct Image {
  std::set<std::string> directories;         ///< a directory stands before what is in it
  std::map<std::string, std::string> files;  ///< content by path
};

/// The files of a recording as a power loss could leave them.
///
/// After POSIX, and less kind than any file system: data is certain to stay after fsync or
/// fdatasync of its file, an entry after fsync of its directory, and until then any change may have
/// reached the disk or not, in any order, and a write in parts. A rename is atomic in so far as one
/// of the names is there; both may be.
class Disk {
 public:
  void apply(const Operation& operation);

  /// Changes of entries first, then those of data; each kind oldest first.
  std::vector<Unsynced> unsynced() const;
  /// `fates` for each of unsynced().
  Image after_power_loss(const std::vector<Fate>& fates) const;

 private:
  struct Change {
    bool is_write;
    std::uint64_t offset;  ///< of a truncation the length
    std::string data;
  };
  /// A file or a directory.
  struct Node {
    bool is_directory = false;
    std::string durable = {};
    std::vector<Change> changes = {};
  };
  using Entries = std::map<std::string, std::shared_ptr<Node>>;
  struct EntryChange {
    std::size_t id;
    bool adds;
    std::string path;
    std::shared_ptr<Node> node;
    std::optional<std::size_t> needs;  ///< id
  };

  void add(const std::string& path, const std::shared_ptr<Node>& node);
  void remove(const std::string& path);
  void rename(const std::string& from, const std::string& to);
  void sync_entries(const std::string& directory);
  std::size_t change(bool adds, const std::string& path, const std::shared_ptr<Node>& node,
                     std::optional<std::size_t> needs = std::nullopt);
  static void apply(const EntryChange& change, Entries& entries);
  static void apply(const Change& change, const Fate& fate, std::string& content);

  std::map<std::uint64_t, std::shared_ptr<Node>> by_inode_;
  Entries live_;
  Entries durable_;
  std::vector<EntryChange> entry_changes_;
  std::vector<std::shared_ptr<Node>> changed_;  // in the order of their first change
  std::size_t next_id_ = 0;
};

}  // namespace hookspool::power_loss
