#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/database.h"

namespace hookspool::store {

/// What Strava's last answer said of one of the application's counters, "overall" or "read".
struct SeenRateLimit {
  std::string counter;
  std::int64_t quarter_hour_limit = 0;
  std::int64_t quarter_hour_used = 0;
  std::int64_t day_limit = 0;
  std::int64_t day_used = 0;
  Timestamp seen;  ///< a window that has turned since then has nothing used
};

/// The counters as all fetchers on this store have seen them last, over restarts too.
class RateUsage {
 public:
  explicit RateUsage(Database& database) : database_(database) {}

  /// Keeps it, unless what is there was seen later.
  void put(const SeenRateLimit& seen);
  /// By the counter's name; empty until Strava has answered.
  std::vector<SeenRateLimit> list();

 private:
  Database& database_;
};

}  // namespace hookspool::store
