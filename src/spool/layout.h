#pragma once

#include <filesystem>
#include <utility>

namespace hookspool::spool {

/// Where things stand in a spool directory. docs/spool-format.md explains each.
class Layout {
 public:
  explicit Layout(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  /// Held (flock) for a write or a seal, never across a wait.
  std::filesystem::path lock() const { return root_ / "lock"; }
  /// The segment that is appended to.
  std::filesystem::path current() const { return root_ / "current"; }
  /// Segments that nobody appends to any more; their names sort oldest first.
  std::filesystem::path sealed() const { return root_ / "sealed"; }
  /// Records that could not be read, kept for a person.
  std::filesystem::path quarantine() const { return root_ / "quarantine"; }
  /// The id that events must carry, written by hookspoolctl.
  std::filesystem::path subscription() const { return root_ / "subscription"; }
  /// The authorizations that hookspoolctl waits for, a file each.
  std::filesystem::path authorizations() const { return root_ / "authorizations"; }

 private:
  std::filesystem::path root_;
};

}  // namespace hookspool::spool
