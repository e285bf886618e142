#include "power_loss/recording.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace hookspool::power_loss {
namespace {

using preload::Kind;

/// Takes `length` bytes off the front.
std::string_view take(std::string_view& bytes, std::size_t length) {
  if (bytes.size() < length) throw std::runtime_error("the record ends in the middle of an entry");
  const std::string_view taken = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return taken;
}

std::string relative_to(const std::string& root, std::string_view path) {
  if (!path.starts_with(root)) return std::string(path);
  path.remove_prefix(root.size());
  if (path.starts_with('/')) path.remove_prefix(1);
  return std::string(path);
}

std::size_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

constexpr std::string_view kGoodAnswer = "Status: 200";

/// The ids of the requests that the records of a FastCGI answer say 200 to.
std::set<std::int64_t> acknowledged_by_fastcgi(std::string_view bytes) {
  constexpr std::size_t kHeader = 8;
  constexpr std::size_t kStandardOutput = 6;
  std::set<std::int64_t> ids;
  while (bytes.size() >= kHeader && byte_at(bytes, 0) == 1) {
    const std::size_t type = byte_at(bytes, 1);
    const auto id = static_cast<std::int64_t>(byte_at(bytes, 2) << 8 | byte_at(bytes, 3));
    const std::size_t content = byte_at(bytes, 4) << 8 | byte_at(bytes, 5);
    const std::size_t whole = kHeader + content + byte_at(bytes, 6);
    if (type == kStandardOutput && bytes.substr(kHeader).starts_with(kGoodAnswer)) ids.insert(id);
    bytes.remove_prefix(std::min(whole, bytes.size()));
  }
  return ids;
}

/// The event in a line of the spool.
std::optional<std::int64_t> object_in(std::string_view line) {
  constexpr std::string_view kName = R"(\"object_id\":)";
  const std::size_t at = line.find(kName);
  if (at == std::string_view::npos) return std::nullopt;
  return std::stoll(std::string(line.substr(at + kName.size(), 19)));
}

bool changes_files(const Operation& operation) {
  switch (operation.kind) {
    case Kind::kAnswer:
    case Kind::kSend:
    case Kind::kReceive:
    case Kind::kFailure:
      return false;
    default:
      return true;
  }
}

}  // namespace

Recording read_recording(const std::filesystem::path& file, const std::filesystem::path& root) {
  std::ifstream stream(file, std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(stream)), {});
  Recording recording;
  for (std::string_view left = content; !left.empty();) {
    preload::EntryHeader header{};
    std::memcpy(&header, take(left, sizeof header).data(), sizeof header);
    if (header.magic != preload::kMagic) throw std::runtime_error("this is no record of calls");
    Operation operation{header.kind, header.process, header.inode, header.offset};
    operation.path = relative_to(root, take(left, header.path_length));
    operation.second = relative_to(root, take(left, header.second_length));
    operation.data = take(left, header.data_length);
    operation.descriptor = header.descriptor;
    recording.push_back(std::move(operation));
  }
  return recording;
}

std::map<std::size_t, std::set<std::int64_t>> acknowledged(const Recording& recording) {
  std::map<std::size_t, std::set<std::int64_t>> answers;
  std::map<int, std::int64_t> written_by;
  for (std::size_t i = 0; i < recording.size(); ++i) {
    const Operation& operation = recording[i];
    if (operation.kind == Kind::kWrite && operation.path == "spool/current") {
      if (const auto object = object_in(operation.data)) written_by[operation.process] = *object;
    }
    if (operation.kind != Kind::kAnswer) continue;
    if (operation.data.starts_with(kGoodAnswer)) {
      answers[i].insert(written_by.at(operation.process));
    } else if (auto ids = acknowledged_by_fastcgi(operation.data); !ids.empty()) {
      answers[i] = std::move(ids);
    }
  }
  return answers;
}

int count_changes(std::span<const Operation> operations) {
  return static_cast<int>(std::ranges::count_if(operations, changes_files));
}

std::string describe(const Operation& operation) {
  const std::string& path = operation.path;
  switch (operation.kind) {
    case Kind::kCreate:
      return "create " + path;
    case Kind::kWrite:
      return "write " + std::to_string(operation.data.size()) + " bytes at " +
             std::to_string(operation.offset) + " of " + path;
    case Kind::kTruncate:
      return "truncate " + path + " to " + std::to_string(operation.offset);
    case Kind::kSync:
      return "sync " + path;
    case Kind::kSyncEntries:
      return "sync the directory " + path;
    case Kind::kRename:
      return "rename " + path + " to " + operation.second;
    case Kind::kRemove:
      return "remove " + path;
    case Kind::kMakeDirectory:
      return "make the directory " + path;
    case Kind::kLink:
      return "link " + path + " as " + operation.second;
    case Kind::kAnswer:
      return "answer";
    case Kind::kSend:
      return "send";
    case Kind::kReceive:
      return "receive";
    case Kind::kFailure:
      return "fail";
  }
  return "?";
}

}  // namespace hookspool::power_loss
