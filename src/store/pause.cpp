#include "store/pause.h"

#include "store/columns.h"

namespace hookspool::store {

std::optional<PauseState> Pause::current(Timestamp now) {
  const std::int64_t now_us = to_microseconds(now);
  return database_.guarded([&]() -> std::optional<PauseState> {
    std::string reason;
    std::int64_t since = 0;
    std::int64_t until = 0;
    database_.session() << "SELECT reason, since_us, until_us FROM pause WHERE until_us > :now",
        soci::use(now_us), soci::into(reason), soci::into(since), soci::into(until);
    if (!database_.session().got_data()) return std::nullopt;
    return PauseState{reason, from_microseconds(since), from_microseconds(until)};
  });
}

void Pause::set(const std::string& reason, Timestamp now, Timestamp until) {
  const std::int64_t now_us = to_microseconds(now);
  const std::int64_t until_us = to_microseconds(until);
  database_.guarded([&] {
    database_.session() << R"sql(
        INSERT INTO pause (id, reason, since_us, until_us)
        VALUES (1, :reason, :now, :until)
        ON CONFLICT (id) DO UPDATE SET
          since_us = CASE WHEN pause.reason = excluded.reason
                          THEN pause.since_us ELSE excluded.since_us END,
          until_us = CASE WHEN pause.until_us > excluded.until_us
                          THEN pause.until_us ELSE excluded.until_us END,
          reason = excluded.reason)sql",
        soci::use(reason), soci::use(now_us), soci::use(until_us);
  });
}

void Pause::forget_past(Timestamp now) {
  const std::int64_t now_us = to_microseconds(now);
  database_.guarded([&] {
    database_.session() << "DELETE FROM pause WHERE until_us <= :now", soci::use(now_us);
  });
}

}  // namespace hookspool::store
