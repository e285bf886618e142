#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "store/database.h"
#include "store/pause.h"

namespace hookspool::fetcher {

/// Why it is closed, or nobody may ask, once Strava's allowance is spent.
inline constexpr const char* kRateLimitIsUsedUp = "Strava's rate limit is used up";

/// Whether Strava may be asked anything. Closed for every process on this store, over restarts too,
/// after a refusal for the rate limit, while the application is inactive or its credentials are
/// wrong, and while Strava does not answer. What closed it is over when one request, which goes
/// ahead of all others, has been answered.
class Gate {
 public:
  using Reason = store::PauseState::Kind;

  /// Both must outlive this.
  Gate(store::Database& database, const Clock& clock);

  /// Until when it is closed; nothing if something may be asked now.
  std::optional<Timestamp> closed_until();

  /// Whether a job in hand must not ask: it is closed, and not because one is under way to find out
  /// for this process.
  bool is_closed();

  /// How many requests may begin now: none, one that finds out whether it is over, or any number.
  std::size_t room();
  /// To be told, in the transaction that saw a room of one, which job goes.
  void begin_probe(std::int64_t job_id);
  /// To be told of each job that comes to an end, in the transaction that ends it. If it was to
  /// find out and nothing was heard of Strava through it, the next one may go at once: many a job
  /// turns out to need no request.
  void ended(std::int64_t job_id);

  /// Closes it. `sentence` is for a person.
  void close(Reason reason, const std::string& sentence, Timestamp until);

  /// To be told of each job that met a passing fault: when several in a row did, or the one that
  /// was to find out, Strava is out and nobody else need try.
  void failed(std::int64_t job_id, const std::string& sentence);

  /// To be told when Strava answered as it should, be it with a refusal of one object.
  void passed();

 private:
  /// How this process finds out.
  struct Probe {
    std::int64_t job_id = 0;
    /// The end of the pause while it is under way, unless another process sets a later one.
    Timestamp until;
  };
  bool waits_for_others(const store::PauseState& pause) const;

  store::Database& database_;
  const Clock& clock_;
  bool may_be_paused_ = true;  ///< as room() saw it last
  std::optional<Probe> probe_;
  std::set<std::int64_t> failing_;  ///< jobs that failed since something passed
};

}  // namespace hookspool::fetcher
