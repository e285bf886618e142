#pragma once

#include <cstdint>

namespace hookspool::preload {

/// What a call did to the disk, or to whoever is at the other end of a connection.
enum class Kind : std::uint8_t {
  kCreate = 1,       ///< `path` stands for the new file `inode`
  kWrite = 2,        ///< `data` at `offset` of `inode`
  kTruncate = 3,     ///< `inode` has now `offset` bytes
  kSync = 4,         ///< all data of `inode` is on disk
  kSyncEntries = 5,  ///< all entries of the directory `path` are on disk
  kRename = 6,       ///< `path` is now named `second`
  kRemove = 7,       ///< `path` is gone
  kMakeDirectory = 8,
  kLink = 9,      ///< `second` is a further name of `path`
  kAnswer = 10,   ///< `data` went to a socket, or to the standard output of a CGI program
  kSend = 11,     ///< `data` went to a socket by send(2), as a client's requests do
  kReceive = 12,  ///< `data` came from a socket by recv(2)
  kFailure = 13,  ///< a rule has made a call fail, and it did nothing
};

/// One entry of the record: this, then `path`, `second` and `data`, of the lengths given. Entries
/// of all processes stand in the order in which the calls were made. Of calls that did not succeed
/// only those are there that a rule made fail; a short write is there with what it has written.
struct EntryHeader {
  std::uint32_t magic;
  Kind kind;
  std::uint8_t unused[3];
  std::int32_t process;
  std::int32_t descriptor;
  std::uint64_t inode;
  std::uint64_t offset;
  std::uint32_t path_length;
  std::uint32_t second_length;
  std::uint64_t data_length;
};

constexpr std::uint32_t kMagic = 0x484b5350;

}  // namespace hookspool::preload
