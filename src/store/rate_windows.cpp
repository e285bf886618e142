#include "store/rate_windows.h"

#include "store/columns.h"

namespace hookspool::store {

std::optional<StoredRateWindow> RateWindows::find(const std::string& window) {
  StoredRateWindow stored;
  std::int64_t turns_us = 0;
  if (!database_.run(R"sql(
        SELECT turns_us, taken, answered, late, overall_limit, overall_used, read_limit, read_used
        FROM rate_windows WHERE window = :window)sql",
                     soci::use(window), soci::into(turns_us), soci::into(stored.taken),
                     soci::into(stored.answered), soci::into(stored.late),
                     soci::into(stored.overall_limit), soci::into(stored.overall_used),
                     soci::into(stored.read_limit), soci::into(stored.read_used)))
    return std::nullopt;
  stored.turns = from_microseconds(turns_us);
  return stored;
}

void RateWindows::put(const std::string& window, const StoredRateWindow& stored) {
  const std::int64_t turns_us = to_microseconds(stored.turns);
  database_.run(R"sql(
        INSERT OR REPLACE INTO rate_windows
          (window, turns_us, taken, answered, late, overall_limit, overall_used, read_limit,
           read_used)
        VALUES (:window, :turns, :taken, :answered, :late, :overall_limit, :overall_used,
                :read_limit, :read_used))sql",
                soci::use(window), soci::use(turns_us), soci::use(stored.taken),
                soci::use(stored.answered), soci::use(stored.late), soci::use(stored.overall_limit),
                soci::use(stored.overall_used), soci::use(stored.read_limit),
                soci::use(stored.read_used));
}

}  // namespace hookspool::store
