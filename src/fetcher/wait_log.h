#pragma once

#include <map>
#include <vector>

#include "base/clock.h"
#include "fetcher/waits.h"
#include "store/job.h"

namespace hookspool::fetcher {

/// Tells the log of lanes that begin to wait for the rate limit: once for each quarter of an hour,
/// or for the whole wait if that is longer, however often they go on for a request or two in
/// between. What closes the gate tells of itself.
class WaitLog {
 public:
  /// To be told what waits at the moment.
  void note(const std::vector<Wait>& waits, Timestamp now);

 private:
  struct Told {
    Timestamp at;
    Timestamp until;  ///< nothing more is said before
  };
  bool was_told(store::Lane lane, Timestamp now) const;

  std::map<store::Lane, Told> told_;
};

}  // namespace hookspool::fetcher
