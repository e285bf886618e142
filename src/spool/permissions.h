#pragma once

#include <sys/types.h>

namespace hookspool::spool {

/// Receiver and fetcher may be two users that share a group; nobody else has business here. The
/// directory's set-group-id bit gives that group to every file in it.
constexpr mode_t kDirectoryMode = 02770;
constexpr mode_t kFileMode = 0660;

}  // namespace hookspool::spool
