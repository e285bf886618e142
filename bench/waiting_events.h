#pragma once

#include <filesystem>

namespace hookspool::bench {

/// Makes a spool in which that many events wait, as the receiver writes them: creates on one in
/// five of them, then updates of these. All are in spool/current, as after a fetcher's absence.
void spool_events(const std::filesystem::path& spool, int events);

}  // namespace hookspool::bench
