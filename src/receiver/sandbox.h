#pragma once

#include <filesystem>

namespace hookspool::receiver {

/// Gives up, for ever, what serving does not take, so that whoever should find a way to make the
/// receiver run code of theirs has little to reach: docs/security.md. What the kernel cannot do is
/// left out, with a line in the log.
///
/// What stays writable is the directory that holds the spool: Landlock means directories, not their
/// names, and a spool that is removed and made again must be usable without a restart.
///
/// Call it with the configuration read, the socket listening, and before there is a second thread.
/// `socket`: the file that is removed at the end; may be empty.
void enter_sandbox(const std::filesystem::path& spool, const std::filesystem::path& socket);

/// The same for a CGI program, to which only the spool stays writable. It says nothing, and filters
/// no system calls: it ends with its request, and to make the filter would take as long as to
/// answer.
void enter_sandbox_for_one_request(const std::filesystem::path& spool);

}  // namespace hookspool::receiver
