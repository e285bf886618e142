#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "fetcher/judge.h"
#include "store/database.h"

namespace hookspool::fetcher {

struct Replayed {
  std::size_t events = 0;   ///< that were looked at
  std::size_t jobs = 0;     ///< of each athlete one for each of their objects
  std::size_t waiting = 0;  ///< of these, such as waited already, and stay as they are
  std::size_t unknown = 0;  ///< events of athletes who are not here (any more); they are left out
  std::size_t refused = 0;  ///< events beside those, without the signature that is required
};

/// Makes the jobs anew that the events of the journal asked for: of those received from `since` on,
/// on one object or on all. It is old news, which must not keep fresh events waiting: the jobs go
/// where reconciliation's are. A deletion that Strava or a person has answered since is a reason to
/// look, no more. One that waits already, or is in progress, stays as it is, but asks for
/// everything if only streams are left of it; a dead one is made anew.
///
/// What is an event is judged anew, so that what was refused by a mistake of the configuration is
/// not lost: what was kept as of unknown kind, and is not any more, is counted as if it came now,
/// and has its say on its object from then on.
/// \throws StoreError
Replayed replay(store::Database& database, const Judge& judge, Timestamp since,
                std::optional<std::int64_t> object_id, Timestamp now);

}  // namespace hookspool::fetcher
