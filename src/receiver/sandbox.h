#pragma once

#include <filesystem>

namespace hookspool::receiver {

/// Gives up, for ever, what serving does not take, so that whoever should find a way to make the
/// receiver run code of theirs reaches the spool and nothing else: docs/security.md. What the
/// kernel cannot do is left out, with one line in the log.
///
/// Call it with the configuration read, the socket listening, and before there is a second thread.
/// `socket`: the file that is removed at the end; may be empty.
///
/// True if only the directory that is `spool` now can be used from now on, and not one that takes
/// its place.
bool enter_sandbox(const std::filesystem::path& spool, const std::filesystem::path& socket);

/// The same for a CGI program, which says nothing, and filters no system calls: it ends with its
/// request, and to make the filter would take as long as to answer.
void enter_sandbox_for_one_request(const std::filesystem::path& spool);

}  // namespace hookspool::receiver
