#include "store/leases.h"

#include "store/columns.h"

namespace hookspool::store {

std::vector<std::string> Leases::holders() {
  return database_.guarded([&] {
    std::vector<std::string> holders;
    const soci::rowset<std::string> rows = database_.session().prepare << R"sql(
        SELECT holder FROM jobs WHERE holder IS NOT NULL
        UNION SELECT refresh_holder FROM athletes WHERE refresh_holder IS NOT NULL
        UNION SELECT holder FROM authorizations WHERE holder IS NOT NULL
        UNION SELECT holder FROM notifications WHERE holder IS NOT NULL)sql";
    for (const std::string& holder : rows) holders.push_back(holder);
    return holders;
  });
}

void Leases::end_all_of(const std::string& holder) {
  Transaction transaction(database_);
  database_.run(R"sql(
        UPDATE jobs SET holder = NULL, leased_until_us = 0 WHERE holder = :holder)sql",
                soci::use(holder));
  database_.run(R"sql(
        UPDATE athletes SET refresh_holder = NULL, refresh_until_us = 0
        WHERE refresh_holder = :holder)sql",
                soci::use(holder));
  database_.run(R"sql(
        UPDATE authorizations SET holder = NULL, leased_until_us = 0 WHERE holder = :holder)sql",
                soci::use(holder));
  database_.run(R"sql(
        UPDATE notifications SET holder = NULL, leased_until_us = 0 WHERE holder = :holder)sql",
                soci::use(holder));
  transaction.commit();
}

}  // namespace hookspool::store
