#include "store/database.h"

#include <fcntl.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include "base/descriptor.h"
#include "store/schema.h"

namespace hookspool::store {
namespace {

constexpr std::string_view kScheme = "sqlite:";
/// In seconds. Transactions are short, so whoever waits longer meets a stuck process.
constexpr int kBusyTimeout = 30;

std::filesystem::path path_in(const std::string& url) {
  if (!url.starts_with(kScheme) || url.size() == kScheme.size()) {
    throw StoreError(ExitCode::kConfiguration,
                     "store.url must be of the form \"sqlite:/path/to/hookspool.db\"");
  }
  return url.substr(kScheme.size());
}

/// Creates the file with its mode before SQLite does so with the umask's.
void make_private_file(const std::filesystem::path& path) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  constexpr mode_t kOwnerOnly = 0600;
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerOnly));
  if (!file) {
    throw StoreError(ExitCode::kCannotCreate,
                     "cannot open the database " + path.string() + ": " +
                         std::error_code(errno, std::generic_category()).message() +
                         "; its directory must belong to the user that runs this program");
  }
}

}  // namespace

Database::Database(const std::string& url) : path_(path_in(url)) {
  make_private_file(path_);
  guarded([&] {
    session_.open(soci::sqlite3,
                  "dbname=\"" + path_.string() + "\" timeout=" + std::to_string(kBusyTimeout));
    session_ << "PRAGMA journal_mode = WAL";
    session_ << "PRAGMA synchronous = FULL";
    session_ << "PRAGMA foreign_keys = ON";
  });
  migrate(*this);
}

void Database::rethrow(const soci::soci_error& error) const {
  const std::string what = error.what();
  const bool passing = what.find("locked") != std::string::npos ||
                       what.find("busy") != std::string::npos ||
                       what.find("full") != std::string::npos;
  // The statement's text follows the first line in SOCI's message; it is of no use to a person.
  throw StoreError(
      passing ? ExitCode::kTryAgain : ExitCode::kUnavailable,
      "the database " + path_.string() + " refused: " + what.substr(0, what.find(" while ")));
}

Transaction::Transaction(Database& database) : database_(database) {
  if (database_.open_transactions_++ > 0) return;
  try {
    database_.guarded([&] { database_.session() << "BEGIN IMMEDIATE"; });
  } catch (...) {
    --database_.open_transactions_;
    throw;
  }
}

Transaction::~Transaction() {
  if (!open_) return;
  if (--database_.open_transactions_ > 0) return;
  try {
    database_.session() << "ROLLBACK";
  } catch (const soci::soci_error&) {
    // SQLite has rolled back by itself, as it does after most errors.
  }
}

void Transaction::commit() {
  if (database_.open_transactions_ == 1) {
    database_.guarded([&] { database_.session() << "COMMIT"; });
  }
  --database_.open_transactions_;
  open_ = false;
}

}  // namespace hookspool::store
