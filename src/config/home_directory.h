#pragma once

#include <filesystem>

namespace hookspool::config {

/// The home directory of the effective user: as the user database has it, since suexec leaves no
/// environment; $HOME where that knows nothing of the user, as in a chroot, or while a directory
/// service is out of reach. Empty where neither says one.
std::filesystem::path home_directory();

}  // namespace hookspool::config
