#pragma once

namespace hookspool::store {

class Database;

/// Brings the schema up to date in one transaction. Does nothing where it is up to date, and
/// refuses a database that a newer version has made. \throws StoreError
void migrate(Database& database);

}  // namespace hookspool::store
