#include "store/alerts.h"

#include "store/columns.h"

namespace hookspool::store {

bool Alerts::start(const Alert& alert) {
  const std::int64_t since_us = to_microseconds(alert.since);
  database_.run(R"sql(
           INSERT INTO alerts (name, since_us, detail) VALUES (:name, :since, :detail)
           ON CONFLICT DO NOTHING)sql",
                soci::use(alert.name), soci::use(since_us), soci::use(alert.detail));
  return database_.affected() == 1;
}

void Alerts::end(const std::string& name) {
  database_.run("DELETE FROM alerts WHERE name = :name", soci::use(name));
}

std::vector<Alert> Alerts::list() {
  return database_.guarded([&] {
    std::vector<Alert> all;
    const soci::rowset<soci::row> rows =
        database_.session().prepare << "SELECT name, since_us, detail FROM alerts ORDER BY name";
    for (const soci::row& row : rows) {
      all.push_back({row.get<std::string>(0), from_microseconds(row.get<long long>(1)),
                     row.get<std::string>(2)});
    }
    return all;
  });
}

}  // namespace hookspool::store
