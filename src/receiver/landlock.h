#pragma once

#include <filesystem>

namespace hookspool::receiver {

/// What the process goes on to do with files; Landlock denies everything else, to all users, root
/// too. https://docs.kernel.org/userspace-api/landlock.html
struct FileAccess {
  /// Below it everything that a spool needs: to read, write, make, rename and remove files, to make
  /// and list directories. What stands in the directory above can be listed, no more, since who
  /// lists may also make its entries durable.
  std::filesystem::path spool;
  /// In it files and sockets may be removed, no more. May be empty.
  std::filesystem::path socket_directory;
};

/// Restricts the calling thread, and those that it starts, to `access`. What is open stays usable.
/// For ever, and with it the process gives up to gain privileges (no_new_privs).
///
/// False where the kernel cannot do it: Landlock came with Linux 5.13, moving a file into another
/// directory under it, as sealing does, with 5.19. What is granted belongs to the directories that
/// are there now, whatever their names come to mean later; one that is missing grants nothing.
bool restrict_files(const FileAccess& access);

}  // namespace hookspool::receiver
