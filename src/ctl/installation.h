#pragma once

#include <filesystem>
#include <string>

namespace hookspool::ctl {

/// The directory that this program was started from, where hookspool-fetcher is as well. Empty
/// where the system does not tell.
std::filesystem::path program_directory();

/// `program`, as a shell with our $PATH understands it: the name alone, if it would be found in
/// program_directory(), else with the directory.
std::string command_name(const std::string& program);

/// Where hookspool.fcgi is: beside this program, as in the bundle, or in ../lib/hookspool, as
/// `make install` and the Debian package have it.
std::filesystem::path receiver_directory();

}  // namespace hookspool::ctl
