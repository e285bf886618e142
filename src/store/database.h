#pragma once

#include <soci/soci.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>

#include "store/patience.h"
#include "store/store_error.h"

namespace hookspool::store {

/// The file that a store URL, "sqlite:<path>", names. \throws StoreError  it is no such URL
std::filesystem::path database_file(const std::string& url);

/// The database that a store URL names: SQLite in WAL mode with synchronous=FULL, so that what was
/// committed survives a power loss. Several processes may have it open at once; one thread uses a
/// Database. Everything here and in the classes above it throws StoreError; what uses session()
/// does so inside guarded(), since the library's own exceptions tell the statement with its values,
/// tokens among them.
class Database {
 public:
  /// Opens "sqlite:<path>", makes the file (mode 0600, since it holds tokens) and its directory
  /// where they are missing, and brings the schema up to date.
  explicit Database(const std::string& url);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  soci::session& session() { return session_; }

  /// With other processes that hold the database: half a minute for each statement, at first.
  Patience& patience() { return patience_; }

  /// Executes a statement, with its soci::use and soci::into as they stand in it. True if there was
  /// a row to read; of several the last counts. The statement stays prepared, so `sql` must not be
  /// made up from values.
  template <typename... Exchanges>
  bool run(const std::string& sql, const Exchanges&... exchanges) {
    bool found = false;
    run_for_each(
        sql, [](soci::statement&) {}, [&found] { found = true; }, exchanges...);
    return found;
  }

  /// The same for many rows: `exchange_into` adds what they are read into, and `take` is called for
  /// each of them.
  template <typename ExchangeInto, typename Take, typename... Exchanges>
  void run_for_each(const std::string& sql, ExchangeInto exchange_into, Take take,
                    const Exchanges&... exchanges) {
    guarded([&] {
      try {
        soci::statement& statement = prepared(sql);
        (statement.exchange(exchanges), ...);
        exchange_into(statement);
        statement.define_and_bind();
        // To its end: a statement that still has rows would hold on to what the database was like.
        if (statement.execute(/*withDataExchange=*/true)) {
          do {
            take();
          } while (statement.fetch());
        }
        affected_ = statement.get_affected_rows();
        statement.bind_clean_up();
      } catch (...) {
        // One that was refused in the middle would hold on, too.
        prepared_.erase(sql);
        throw;
      }
    });
  }
  /// Returns once everything that was committed is on stable storage: what a CommitGroup holds
  /// back, too. For what must not wait. Not for use inside a Transaction, of which nothing has been
  /// committed: there it does nothing.
  void flush();

  /// Moves what is in the write-ahead log into the database and empties it: what was deleted is in
  /// neither any more then. False if it has to be done later, since others use the database, or a
  /// transaction is open. Waits for nobody.
  bool empty_log();

  /// How many rows the last run() changed.
  std::int64_t affected() const { return affected_; }

  const std::filesystem::path& path() const { return path_; }

  /// Runs `work`, and turns what the database library throws into a StoreError.
  template <typename Work>
  auto guarded(Work work) -> decltype(work()) {
    try {
      return work();
    } catch (const soci::soci_error& error) {
      rethrow(error);
    }
  }

 private:
  friend class Transaction;
  friend class CommitGroup;
  [[noreturn]] void rethrow(const soci::soci_error& error);
  void begin();
  void roll_back();
  /// The statement with nothing bound to it.
  soci::statement& prepared(const std::string& sql);
  void be_patient();
  void set_up_session();
  void turn_on_write_ahead_log();

  std::filesystem::path path_;
  Patience patience_;
  soci::session session_;
  std::unordered_map<std::string, soci::statement> prepared_;
  std::int64_t affected_ = 0;
  int open_transactions_ = 0;
  bool inner_was_abandoned_ = false;
  bool grouping_ = false;
  bool group_is_open_ = false;
  bool group_was_lost_ = false;
  std::optional<StoreError> first_refusal_;  ///< in the group
};

/// A transaction that takes the write lock at its start (BEGIN IMMEDIATE), so that what it reads
/// stays true until it writes. Rolled back at the end unless committed. One inside another joins
/// it: only the outer one commits, and not if one inside it was left without commit().
class Transaction {
 public:
  explicit Transaction(Database& database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  /// Returns once everything is on stable storage, or belongs to a CommitGroup.
  void commit();

 private:
  void abandon() noexcept;

  Database& database_;
  bool open_ = true;
};

/// While it lives, transactions are committed together at its end, for the price of one: what
/// happened in between is there as a whole after a crash, or not at all. One of them that is left
/// without commit() takes none of the others along. Other processes cannot write from the first of
/// them on, so nobody must wait for anything meanwhile.
class CommitGroup {
 public:
  /// There must be none in the database already.
  explicit CommitGroup(Database& database);
  CommitGroup(const CommitGroup&) = delete;
  CommitGroup& operator=(const CommitGroup&) = delete;
  /// Commits what an exception left behind, as far as the database can.
  ~CommitGroup();

  /// \throws StoreError  not all of it could be stored, even if whoever noticed made do without:
  ///                     what was refused first
  void commit();

 private:
  Database& database_;
};

}  // namespace hookspool::store
