#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "event/event.h"
#include "store/database.h"

namespace hookspool::store {

/// Strava's list of an athlete's activities, as it is being gone through page by page.
struct Listing {
  enum class Kind {
    kBackfill,   ///< the history
    kReconcile,  ///< recent activities, to repair what webhooks missed
  };
  std::int64_t id = 0;
  Kind kind = Kind::kBackfill;
  event::AthleteId athlete_id{};
  Timestamp begun;
  /// Of activities that started in between.
  std::chrono::sys_seconds after{};
  std::chrono::sys_seconds before{};
  bool details = false;  ///< fetch each activity, too, rather than keep what the list says
  bool with_streams = false;
  bool may_remove = false;  ///< a person allowed to remove any number of what is not listed

  std::int64_t page = 1;     ///< the next one to ask for
  bool looks_again = false;  ///< on the way back from the last page to the first
  std::int64_t listed = 0;   ///< activities so far, each once
  std::int64_t wanted =
      0;  ///< of these, not here as they should be, and so stored or to be fetched
  /// Activities that are here and were not listed, if a person has to decide about them; else 0.
  std::int64_t gone = 0;
  std::optional<Timestamp> ended;
};

/// "backfill", "reconcile"
const char* name_of(Listing::Kind kind);

class Listings {
 public:
  explicit Listings(Database& database) : database_(database) {}

  /// Adds one, with its id in place of the one given, and returns that.
  std::int64_t add(const Listing& listing);
  std::optional<Listing> find(std::int64_t id);
  /// Keeps how far it has come: everything from `page` on.
  void update(const Listing& listing);
  /// A person allows to remove any number of what it does not list.
  void allow_removal(std::int64_t id);
  /// The newest first.
  std::vector<Listing> list(std::size_t most);
  std::vector<Listing> list(Listing::Kind kind);
  /// Those that have not ended, of all athletes or of one.
  std::vector<Listing> open(Listing::Kind kind,
                            std::optional<event::AthleteId> athlete = std::nullopt);
  /// Those that go on, or about which a person has to decide: reconciliations first, then the
  /// newest.
  std::vector<Listing> pending();
  /// It is as if it began then, of activities that start before `before`.
  void renew(std::int64_t id, Timestamp begun, std::chrono::sys_seconds before);
  /// It goes no further: what it listed need not be remembered. One that has ended stays as it is.
  void end(std::int64_t id, Timestamp now);
  /// What a person was asked is asked no more where this listing of the athlete covers it, but for
  /// times of which nothing is stored (any more).
  void forget_questions(const Listing& listing);
  /// Forgets those that ended before that moment.
  void forget(Timestamp ended_before);

  /// Remembers that the activity was listed. False if that was known.
  bool saw(std::int64_t id, event::ActivityId activity);
  /// The activities that are stored, started within the listing's times, were not fetched since it
  /// began and were not listed; but for those that a person brought back. A clock that was ahead
  /// has fetched what was fetched after `now`.
  std::vector<event::ActivityId> not_seen(const Listing& listing, Timestamp now);
  /// What was listed need not be remembered any longer.
  void forget_seen(std::int64_t id);

 private:
  Database& database_;
};

}  // namespace hookspool::store
