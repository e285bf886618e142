#pragma once

#include <filesystem>
#include <vector>

namespace hookspool::receiver {

/// What the process goes on to do with files; Landlock denies everything else, to all users, root
/// too. https://docs.kernel.org/userspace-api/landlock.html
struct FileAccess {
  /// Below these everything that a spool needs: to read, write, make, rename and remove files, to
  /// make and list directories.
  std::vector<std::filesystem::path> writable;
  /// Below these directories can be listed, no more; who lists one may make its entries durable.
  std::vector<std::filesystem::path> listable;
  /// In these files and sockets can be removed, no more.
  std::vector<std::filesystem::path> removable;
};

/// Restricts the calling thread, and those that it starts, to `access`, for ever. What is open
/// stays usable. \pre the thread has no_new_privs, without which the kernel restricts nobody but
/// root
///
/// False where the kernel cannot do it: Landlock came with Linux 5.13, moving a file into another
/// directory under it, as sealing does, with 5.19. What is granted belongs to the directories that
/// are there now, whatever their names come to mean later; one that is missing grants nothing.
bool restrict_files(const FileAccess& access);

}  // namespace hookspool::receiver
