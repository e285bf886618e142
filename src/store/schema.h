#pragma once

#include <vector>

namespace hookspool::store {

class Database;

/// The statements that bring a schema from each version to the next; PRAGMA user_version tells
/// which version a database has. The newest is as many as there are.
const std::vector<std::vector<const char*>>& migrations();

/// Brings the schema up to date in one transaction. Does nothing where it is up to date, and
/// refuses a database that a newer version has made. \throws StoreError
void migrate(Database& database);

}  // namespace hookspool::store
