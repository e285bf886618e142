#pragma once

#include <filesystem>
#include <string>

#include "store/database.h"
#include "support/temporary_directory.h"

namespace hookspool::test {

/// A new store on disk, gone at the end.
class TemporaryStore {
 public:
  store::Database& database() { return database_; }
  std::filesystem::path path() const { return directory_ / "hookspool.db"; }
  /// For a second Database on the same file, as another process has it.
  std::string url() const { return "sqlite:" + path().string(); }

 private:
  TemporaryDirectory directory_;
  store::Database database_{url()};
};

/// What the CommitGroup in the database has not committed yet is lost at its end.
inline void make_group_fail(store::Database& database) {
  store::Transaction transaction(database);
  database.session() << "CREATE TABLE lost (parent REFERENCES athletes (id) "
                        "DEFERRABLE INITIALLY DEFERRED)";
  database.session() << "INSERT INTO lost VALUES (-1)";
  transaction.commit();
}

}  // namespace hookspool::test
