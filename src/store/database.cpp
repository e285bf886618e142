#include "store/database.h"

#include <fcntl.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string_view>
#include <system_error>

#include "base/descriptor.h"
#include "base/file_content.h"
#include "store/schema.h"

namespace hookspool::store {
namespace {

constexpr std::string_view kScheme = "sqlite:";
/// Transactions are short, so whoever waits longer meets a stuck process.
constexpr std::chrono::seconds kPatience{30};

/// SQLite's result code without its extension; 0 if the error is not SQLite's.
int result_code_of(const soci::soci_error& error) {
  const auto* of_sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  constexpr int kPrimaryCode = 0xff;
  return of_sqlite == nullptr ? 0 : of_sqlite->result() & kPrimaryCode;
}

bool may_pass(int result_code) {
  return result_code == SQLITE_BUSY || result_code == SQLITE_LOCKED || result_code == SQLITE_FULL;
}

/// `system_error` is the errno of the call that failed, where there was one.
std::string advice_on(int result_code, int system_error) {
  if (result_code == SQLITE_CANTOPEN && system_error == EROFS) {
    return "; its file system is read-only";
  }
  if (result_code == SQLITE_CANTOPEN && system_error == EISDIR) return "; it is a directory";
  switch (result_code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "; another process holds it and does not let go";
    case SQLITE_FULL:
      return "; make room on its disk";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return "; the file and its directory must belong to the user that runs this program";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "; move it away and restore a copy";
    default:
      return "";
  }
}

/// SOCI puts the name of its own function in front of SQLite's words.
std::string without_function_name(const std::string& message) {
  const std::size_t end = message.find(": ");
  const bool named = message.starts_with("sqlite3_") && end != std::string::npos;
  return named ? message.substr(end + 2) : message;
}

std::filesystem::path directory_of(const std::filesystem::path& file) {
  return std::filesystem::absolute(file).parent_path();
}

/// What root makes is for the service, whose the directory is. Nobody else may give a file away.
void give_to_owner_of(const std::filesystem::path& directory, const Descriptor& file) {
  struct stat status {};
  if (::geteuid() != 0 || ::stat(directory.c_str(), &status) != 0) return;
  [[maybe_unused]] const int ignored = ::fchown(file.get(), status.st_uid, status.st_gid);
}

/// Makes the directory with what is missing above it, and makes it durable that it is there. Of the
/// entries in it SQLite takes care, with the first sync of its log. Whether it works shows when a
/// file is made there.
void prepare(const std::filesystem::path& directory) {
  std::error_code error;
  try {
    if (std::filesystem::exists(directory, error)) {
      return sync_directory_where_possible(directory.parent_path());
    }
    prepare(directory.parent_path());
    constexpr mode_t kAsTheUmaskSays = 0777;
    make_directory_durably(directory, kAsTheUmaskSays);
  } catch (const SystemError&) {
  }
}

/// Creates the file with its mode before SQLite does so with the umask's. One that exists is not
/// opened: closing it again would end this process's locks on it
/// (https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
void make_private_file(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) return;
  const std::filesystem::path directory = directory_of(path);
  prepare(directory);
  constexpr mode_t kOwnerOnly = 0600;
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly));
  if (!file && errno != EEXIST) {
    throw StoreError(ExitCode::kCannotCreate,
                     "cannot open the database " + path.string() + ": " +
                         std::error_code(errno, std::generic_category()).message() +
                         "; its directory must belong to the user that runs this program");
  }
  if (file) give_to_owner_of(directory, file);
}

}  // namespace

std::filesystem::path database_file(const std::string& url) {
  if (!url.starts_with(kScheme) || url.size() == kScheme.size()) {
    throw StoreError(ExitCode::kConfiguration,
                     "store.url must be of the form \"sqlite:/path/to/hookspool.db\"");
  }
  return url.substr(kScheme.size());
}

Database::Database(const std::string& url) : path_(database_file(url)), patience_(kPatience) {
  make_private_file(path_);
  guarded([&] {
    session_.open(soci::sqlite3, "dbname=\"" + path_.string() + "\"");
    be_patient();
    set_up_session();
  });
  migrate(*this);
}

void Database::be_patient() {
  const auto* backend = static_cast<soci::sqlite3_session_backend*>(session_.get_backend());
  const auto nap = [](void* patience, int before) {
    return static_cast<Patience*>(patience)->nap(before) ? 1 : 0;
  };
  sqlite_api::sqlite3_busy_handler(backend->conn_, nap, &patience_);
}

void Database::set_up_session() {
  turn_on_write_ahead_log();
  session_ << "PRAGMA synchronous = FULL";
  session_ << "PRAGMA foreign_keys = ON";
  // In KiB. The indexes of a large journal stay in memory while events are taken into it.
  session_ << "PRAGMA cache_size = -16384";
  // What an athlete had deleted must not stay in the file's free pages.
  session_ << "PRAGMA secure_delete = ON";
}

void Database::turn_on_write_ahead_log() {
  // It stays with the file once it is on; asking again takes no lock. Where two processes meet on a
  // new file, SQLite refuses one of them at once, without asking for patience.
  for (int naps = 0;; ++naps) {
    try {
      session_ << "PRAGMA journal_mode = WAL";
      return;
    } catch (const soci::soci_error& error) {
      if (result_code_of(error) != SQLITE_BUSY || !patience_.nap(naps)) throw;
    }
  }
}

soci::statement& Database::prepared(const std::string& sql) {
  auto known = prepared_.find(sql);
  if (known == prepared_.end()) {
    soci::statement statement(session_);
    statement.alloc();
    statement.prepare(sql);
    known = prepared_.emplace(sql, statement).first;
  }
  return known->second;
}

void Database::rethrow(const soci::soci_error& error) {
  int code = result_code_of(error);
  const auto* backend = static_cast<soci::sqlite3_session_backend*>(session_.get_backend());
  const bool is_of_system = code == SQLITE_CANTOPEN || code == SQLITE_IOERR;
  const int system_error =
      is_of_system && backend != nullptr ? sqlite_api::sqlite3_system_errno(backend->conn_) : 0;
  // What SQLite makes beside the database it calls an error of the disk.
  const bool is_out_of_room = system_error == ENOSPC || system_error == EDQUOT;
  if (is_of_system && is_out_of_room) code = SQLITE_FULL;
  // what() would go on with the statement and its values, tokens among them.
  const StoreError refusal(may_pass(code) ? ExitCode::kTryAgain : ExitCode::kUnavailable,
                           "the database " + path_.string() +
                               " refused: " + without_function_name(error.get_error_message()) +
                               advice_on(code, system_error));
  if (grouping_ && !first_refusal_) first_refusal_ = refusal;
  throw refusal;
}

Transaction::Transaction(Database& database) : database_(database) {
  if (database_.open_transactions_++ > 0) return;
  database_.inner_was_abandoned_ = false;
  try {
    database_.guarded([&] { database_.begin(); });
  } catch (...) {
    --database_.open_transactions_;
    throw;
  }
}

Transaction::~Transaction() {
  if (!open_) return;
  if (--database_.open_transactions_ > 0) {
    database_.inner_was_abandoned_ = true;
  } else {
    abandon();
  }
}

/// Of a group only this part.
void Transaction::abandon() noexcept {
  if (!database_.group_is_open_) return database_.roll_back();
  try {
    database_.guarded([&] {
      database_.session() << "ROLLBACK TO member";
      database_.session() << "RELEASE member";
    });
  } catch (const StoreError&) {
    // After an error of the disk SQLite has rolled everything back by itself.
    database_.group_was_lost_ = true;
    database_.roll_back();
  }
}

void Transaction::commit() {
  if (database_.open_transactions_ == 1) {
    if (database_.inner_was_abandoned_) {
      throw StoreError(ExitCode::kSoftware,
                       "a part of a transaction failed, so none of it is kept");
    }
    const char* const end = database_.group_is_open_ ? "RELEASE member" : "COMMIT";
    database_.guarded([&] { database_.session() << end; });
  }
  --database_.open_transactions_;
  open_ = false;
}

void Database::begin() {
  if (!group_is_open_) {
    session_ << "BEGIN IMMEDIATE";
    // What was refused before has lost nothing of this one.
    if (!group_was_lost_) first_refusal_.reset();
  }
  group_is_open_ = grouping_;
  if (group_is_open_) session_ << "SAVEPOINT member";
}

void Database::flush() {
  if (!group_is_open_ || open_transactions_ > 0) return;
  group_is_open_ = false;
  try {
    guarded([&] { session_ << "COMMIT"; });
  } catch (const StoreError&) {
    group_was_lost_ = true;
    roll_back();
    throw;
  }
}

bool Database::empty_log() {
  if (group_is_open_ || open_transactions_ > 0) return false;
  const Patience before = patience_;
  patience_ = Patience(std::chrono::milliseconds(0));
  int busy = 1;
  int frames = 0;
  int moved = 0;
  try {
    run("PRAGMA wal_checkpoint(TRUNCATE)", soci::into(busy), soci::into(frames), soci::into(moved));
  } catch (const StoreError&) {
    // Of a disk that is full others tell, who have something to lose.
    busy = 1;
  }
  patience_ = before;
  return busy == 0;
}

void Database::roll_back() {
  group_is_open_ = false;
  try {
    session_ << "ROLLBACK";
  } catch (const soci::soci_error&) {
    // SQLite has rolled back by itself, as it does after most errors.
  }
}

CommitGroup::CommitGroup(Database& database) : database_(database) {
  database_.grouping_ = true;
  database_.group_was_lost_ = false;
  database_.first_refusal_.reset();
}

CommitGroup::~CommitGroup() {
  database_.grouping_ = false;
  try {
    database_.flush();
  } catch (const StoreError&) {
    // SQLite has rolled back by itself; leases bring the jobs back.
  }
}

void CommitGroup::commit() {
  database_.flush();
  if (database_.group_was_lost_) throw StoreError(*database_.first_refusal_);
}

}  // namespace hookspool::store
