#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace hookspool {

/// The whole content of a small file.
/// \throws SystemError  it cannot be read, or is larger than `limit` bytes (EFBIG)
std::string read_file(const std::filesystem::path& path, std::size_t limit = 1024 * 1024);

/// Replaces the content of `path`, or creates it, so that after a crash it holds the old content
/// or the new one, whole: a temporary file beside it, fsync, rename, fsync of the directory.
/// An existing file keeps its mode and, where we may set it, its owner; a new one gets `mode`.
/// \throws SystemError  it cannot be written; the old content is then still there
void replace_file_durably(const std::filesystem::path& path, std::string_view content, mode_t mode);

/// Makes the entries of a directory durable.
/// \throws SystemError
void sync_directory(const std::filesystem::path& directory);

/// The same, but no error where we may not open the directory or where it keeps nothing: no entry
/// of ours can be waiting there. \throws SystemError
void sync_directory_where_possible(const std::filesystem::path& directory);

/// Makes a directory, durably. Before that it makes durable that there is the directory which it is
/// made in: whoever made that one may have been killed too early, or not have come so far yet. So
/// what is in a directory that exists needs only that directory's own entries synced. False if it
/// was there already; whoever else makes it at this moment, its entry is durable.
/// \throws SystemError
bool make_directory_durably(const std::filesystem::path& directory, mode_t mode);

}  // namespace hookspool
