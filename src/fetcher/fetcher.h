#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "fetcher/authorizer.h"
#include "fetcher/housekeeper.h"
#include "fetcher/ingest.h"
#include "fetcher/notifier.h"
#include "fetcher/token_keeper.h"
#include "fetcher/wait_log.h"
#include "fetcher/wake.h"
#include "fetcher/worker.h"
#include "store/database.h"
#include "strava/http_transport.h"

namespace hookspool::fetcher {

/// How long the fetcher goes on.
enum class Mode {
  kUntilStopped,  ///< as a service
  kOnce,          ///< one look into the spool, and the jobs that are due: for cron
  kDrain,         ///< until the spool is empty and no job is due
};

/// Why it ended.
enum class End {
  kDone,     ///< nothing more to do, or asked to stop
  kWaiting,  ///< jobs are due, but wait for the rate limit, the application, or Strava; or codes,
             ///< for a store that takes the tokens of an earlier one
};

/// The fetcher's loop: looks into the spool when it changed or when scan_every has passed, keeps
/// the worker busy, and sleeps in the transport. One thread does it all.
class Fetcher {
 public:
  /// What it works with; all must outlive it.
  struct Parts {
    Ingest& ingest;
    TokenKeeper& tokens;
    Worker& worker;
    Authorizer& authorizer;
    Notifier& notifier;
    Housekeeper& housekeeper;
    Wake& wake;
    strava::HttpTransport& transport;
    store::Database& database;
    const Clock& clock;
  };

  /// Asked in every round, and at least every second. Once it is false nothing new begins, and what
  /// is under way goes on to its end, further calls of it included.
  using GoOn = std::function<bool()>;

  Fetcher(const Parts& parts, Mode mode, std::chrono::seconds scan_every, GoOn go_on = {});

  /// After a stop was asked for it sends and begins nothing more, and ends when what is under way
  /// has ended.
  /// A store that refuses for now (locked, disk full) is tried again in the mode kUntilStopped, and
  /// a segment that cannot be taken in is passed over; the other modes end by an Error then, after
  /// everything else was done. Before they end with kWaiting they tell the log what waits, for what
  /// and until when; the mode kUntilStopped tells it when something begins to wait for the rate
  /// limit.
  /// \throws StoreError, SystemError, Error
  End run();

 private:
  bool step();
  bool is_service() const { return mode_ == Mode::kUntilStopped; }
  bool look_into_spool();
  void note_refusal(const store::StoreError& refusal);
  void pause_after_refusal();
  bool is_idle() const;
  bool is_to_stop() const;
  Timestamp next_look() const;
  void end_leases_of_the_dead();
  void keep_tokens();
  void sleep();
  void wait(std::chrono::milliseconds most);
  std::chrono::milliseconds time_left(const std::optional<Timestamp>& until) const;
  End end();
  bool is_work_left();

  Parts parts_;
  Mode mode_;
  std::chrono::seconds scan_every_;
  GoOn go_on_;
  Timestamp last_look_;
  bool spool_changed_ = false;
  std::optional<std::chrono::seconds> pause_;  ///< to be made, since the store refused
  Timestamp last_refusal_;
  int pauses_ = 0;                    ///< after refusals of the store that are not forgotten
  std::optional<Error> spool_fault_;  ///< as of the last look
  WaitLog wait_log_;
};

}  // namespace hookspool::fetcher
