#include "store/rate_usage.h"

#include "store/columns.h"

namespace hookspool::store {

void RateUsage::put(const SeenRateLimit& seen) {
  const std::int64_t seen_us = to_microseconds(seen.seen);
  database_.guarded([&] {
    database_.session() << R"sql(
        INSERT INTO rate_usage
          (counter, quarter_hour_limit, quarter_hour_used, day_limit, day_used, seen_us)
        VALUES (:counter, :quarter_limit, :quarter_used, :day_limit, :day_used, :seen)
        ON CONFLICT (counter) DO UPDATE SET
          quarter_hour_limit = excluded.quarter_hour_limit,
          quarter_hour_used = excluded.quarter_hour_used,
          day_limit = excluded.day_limit, day_used = excluded.day_used, seen_us = excluded.seen_us
        WHERE excluded.seen_us >= rate_usage.seen_us)sql",
        soci::use(seen.counter), soci::use(seen.quarter_hour_limit),
        soci::use(seen.quarter_hour_used), soci::use(seen.day_limit), soci::use(seen.day_used),
        soci::use(seen_us);
  });
}

std::vector<SeenRateLimit> RateUsage::list() {
  return database_.guarded([&] {
    std::vector<SeenRateLimit> all;
    const soci::rowset<soci::row> rows = database_.session().prepare << R"sql(
        SELECT counter, quarter_hour_limit, quarter_hour_used, day_limit, day_used, seen_us
        FROM rate_usage ORDER BY counter)sql";
    for (const soci::row& row : rows) {
      all.push_back({row.get<std::string>(0), row.get<long long>(1), row.get<long long>(2),
                     row.get<long long>(3), row.get<long long>(4),
                     from_microseconds(row.get<long long>(5))});
    }
    return all;
  });
}

}  // namespace hookspool::store
