#include "power_loss/disk.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace hookspool::power_loss {
namespace {

using preload::Kind;

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

}  // namespace

void Disk::apply(const Operation& operation) {
  switch (operation.kind) {
    case Kind::kCreate:
      by_inode_[operation.inode] = std::make_shared<Node>();
      return add(operation.path, by_inode_[operation.inode]);
    case Kind::kMakeDirectory:
      return add(operation.path, std::make_shared<Node>(Node{.is_directory = true}));
    case Kind::kWrite:
    case Kind::kTruncate: {
      const auto& node = by_inode_.at(operation.inode);
      if (node->changes.empty()) changed_.push_back(node);
      node->changes.push_back({operation.kind == Kind::kWrite, operation.offset, operation.data});
      return;
    }
    case Kind::kSync: {
      const auto& node = by_inode_.at(operation.inode);
      for (const Change& change : std::exchange(node->changes, {})) {
        apply(change, {Fate::kKept}, node->durable);
      }
      std::erase(changed_, node);
      return;
    }
    case Kind::kSyncEntries:
      return sync_entries(operation.path);
    case Kind::kRename:
      return rename(operation.path, operation.second);
    case Kind::kRemove:
      return remove(operation.path);
    case Kind::kLink:
      return add(operation.second, live_.at(operation.path));
    case Kind::kAnswer:
    case Kind::kSend:
    case Kind::kReceive:
    case Kind::kFailure:
      break;
  }
}

std::size_t Disk::change(bool adds, const std::string& path, const std::shared_ptr<Node>& node,
                         std::optional<std::size_t> needs) {
  entry_changes_.push_back({next_id_++, adds, path, node, needs});
  apply(entry_changes_.back(), live_);
  return entry_changes_.back().id;
}

void Disk::add(const std::string& path, const std::shared_ptr<Node>& node) {
  change(/*adds=*/true, path, node);
}

void Disk::remove(const std::string& path) {
  change(/*adds=*/false, path, live_.at(path));
}

void Disk::rename(const std::string& from, const std::string& to) {
  const std::shared_ptr<Node> node = live_.at(from);
  const std::size_t added = change(/*adds=*/true, to, node);
  change(/*adds=*/false, from, node, added);
}

void Disk::sync_entries(const std::string& directory) {
  std::set<std::size_t> synced;
  for (const EntryChange& change : entry_changes_) {
    if (directory_of(change.path) != directory) continue;
    synced.insert(change.id);
    if (change.needs) synced.insert(*change.needs);
  }
  for (const EntryChange& change : entry_changes_) {
    if (synced.contains(change.id)) apply(change, durable_);
  }
  std::erase_if(entry_changes_,
                [&](const EntryChange& change) { return synced.contains(change.id); });
}

void Disk::apply(const EntryChange& change, Entries& entries) {
  if (change.adds) {
    entries[change.path] = change.node;
    return;
  }
  const auto found = entries.find(change.path);
  if (found != entries.end() && found->second == change.node) entries.erase(found);
}

void Disk::apply(const Change& change, const Fate& fate, std::string& content) {
  if (fate.kind == Fate::kDropped) return;
  const auto offset = static_cast<std::size_t>(change.offset);
  if (!change.is_write) {
    content.resize(offset, '\0');
    return;
  }
  const std::size_t length = change.data.size();
  const std::size_t from = fate.kind == Fate::kTail ? std::min(fate.at, length) : 0;
  const std::size_t to = fate.kind == Fate::kHead ? std::min(fate.at, length) : length;
  if (content.size() < offset + to) content.resize(offset + to, '\0');
  if (fate.kind != Fate::kZeros)
    content.replace(offset + from, to - from, change.data, from, to - from);
}

std::vector<Unsynced> Disk::unsynced() const {
  std::vector<Unsynced> all;
  std::map<std::size_t, std::size_t> place_of;
  for (const EntryChange& change : entry_changes_) {
    place_of[change.id] = all.size();
    Unsynced item;
    // Where the other half is durable already, nothing is needed any more.
    if (change.needs && place_of.contains(*change.needs)) item.needs = place_of[*change.needs];
    all.push_back(item);
  }
  for (const auto& node : changed_) {
    for (const Change& change : node->changes) {
      all.push_back({change.is_write ? change.data.size() : 0});
    }
  }
  return all;
}

Image Disk::after_power_loss(const std::vector<Fate>& fates) const {
  auto fate = fates.begin();
  Entries entries = durable_;
  for (const EntryChange& change : entry_changes_) {
    if ((fate++)->kind != Fate::kDropped) apply(change, entries);
  }
  std::map<const Node*, std::string> contents;
  for (const auto& node : changed_) {
    std::string& content = contents[node.get()] = node->durable;
    for (const Change& change : node->changes) apply(change, *fate++, content);
  }
  Image image;
  for (const auto& [path, node] : entries) {
    const std::string directory = directory_of(path);
    if (!directory.empty() && !image.directories.contains(directory)) continue;
    if (node->is_directory) {
      image.directories.insert(path);
    } else {
      const auto changed = contents.find(node.get());
      image.files[path] = changed == contents.end() ? node->durable : changed->second;
    }
  }
  return image;
}

}  // namespace hookspool::power_loss
