#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "preload/record_format.h"

namespace hookspool::power_loss {

/// A call that changed files below the recorded directory or was made to fail, or what went over a
/// connection. Paths are relative to that directory; its own is empty.
struct Operation {
  preload::Kind kind{};
  int process = 0;
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;
  std::string path = {};
  std::string second = {};
  std::string data = {};
  int descriptor = -1;
};

using Recording = std::vector<Operation>;

/// What tests/preload recorded of the files below `root`.
/// \throws std::runtime_error  it is no such record
Recording read_recording(const std::filesystem::path& file, const std::filesystem::path& root);

/// Which events each answer of a recording acknowledged, by the number of the operation: those of
/// FastCGI requests, whose request ids are the events' object ids, and those of CGI programs, which
/// have written their one event before.
std::map<std::size_t, std::set<std::int64_t>> acknowledged(const Recording& recording);

/// How many of them were calls that changed files.
int count_changes(std::span<const Operation> operations);

/// For messages: "write 120 bytes at 360 of spool/current".
std::string describe(const Operation& operation);

}  // namespace hookspool::power_loss
