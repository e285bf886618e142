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

}  // namespace hookspool::test
