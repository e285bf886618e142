#pragma once

#include "base/clock.h"
#include "config/config.h"
#include "fetcher/changes.h"
#include "fetcher/watchman.h"
#include "store/athletes.h"
#include "store/database.h"

namespace hookspool::fetcher {

/// What has to be done now and then, and asks nobody: begins reconciliations, deletes what has been
/// kept for long enough, and lets the watchman look. Any number of fetchers may do it at once.
class Housekeeper {
 public:
  /// All must outlive this.
  Housekeeper(store::Database& database, const Clock& clock, Changes& changes,
              const config::FetcherConfig& config, const config::NotifyConfig& notify,
              Watchman& watchman);

  /// Does it if the last time is a minute ago.
  void run_if_due();
  void run();

 private:
  void correct_what_a_clock_ahead_wrote();
  void delete_what_is_old();
  void give_up_consumers_of_the_past();
  void expire(std::chrono::seconds retention);
  void begin_reconciliations();
  bool is_to_be_reconciled(const store::Athlete& athlete) const;
  void delete_traces();

  store::Database& database_;
  const Clock& clock_;
  Changes& changes_;
  config::FetcherConfig config_;
  config::NotifyConfig notify_;
  Watchman& watchman_;
  Timestamp last_run_;
  Timestamp traces_deleted_;
};

/// For how long a removed activity can be brought back. Strava's API policy wants what an athlete
/// deleted gone within 48 hours.
inline constexpr std::chrono::hours kKeepDeleted{24};

}  // namespace hookspool::fetcher
