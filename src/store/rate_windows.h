#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "store/database.h"

namespace hookspool::store {

/// One window of Strava's rate limit, as strava/rate_budget.h counts it.
struct StoredRateWindow {
  Timestamp turns;
  std::int64_t taken = 0;
  std::int64_t answered = 0;
  std::int64_t late = 0;
  std::int64_t overall_limit = 0;
  std::int64_t overall_used = 0;
  std::int64_t read_limit = 0;
  std::int64_t read_used = 0;
};

/// The windows as all fetchers on this store count them together, over restarts too. Whoever
/// changes one does so in one transaction with having read it.
class RateWindows {
 public:
  explicit RateWindows(Database& database) : database_(database) {}

  /// "quarter_hour" or "day"; nothing before the first request.
  std::optional<StoredRateWindow> find(const std::string& window);
  void put(const std::string& window, const StoredRateWindow& stored);

 private:
  Database& database_;
};

}  // namespace hookspool::store
