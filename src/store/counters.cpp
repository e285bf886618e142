#include "store/counters.h"

#include <algorithm>

#include "store/columns.h"

namespace hookspool::store {

void Counters::Count::note(Timestamp time) {
  ++count;
  last = std::max(last, time);
}

void Counters::add(const std::string& name, const Count& more) {
  if (more.count > 0) add(name, more.last, more.count);
}

void Counters::add(const std::string& name, Timestamp last, std::int64_t count) {
  const std::int64_t last_us = to_microseconds(last);
  database_.run(R"sql(
        INSERT INTO counters (name, count, last_us) VALUES (:name, :count, :last)
        ON CONFLICT (name) DO UPDATE SET
          count = counters.count + excluded.count,
          last_us = MAX(counters.last_us, excluded.last_us))sql",
                soci::use(name), soci::use(count), soci::use(last_us));
}

Counters::Count Counters::get(const std::string& name) {
  const auto all = list();
  const auto found = all.find(name);
  return found == all.end() ? Count{} : found->second;
}

std::map<std::string, Counters::Count> Counters::list() {
  return database_.guarded([&] {
    std::map<std::string, Count> all;
    const soci::rowset<soci::row> rows = database_.session().prepare
                                         << "SELECT name, count, last_us FROM counters";
    for (const soci::row& row : rows) {
      all[row.get<std::string>(0)] = {row.get<long long>(1),
                                      from_microseconds(row.get<long long>(2))};
    }
    return all;
  });
}

}  // namespace hookspool::store
