#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "event/event.h"
#include "store/database.h"

namespace hookspool::store {

/// An accepted event as the spool handed it over.
struct AcceptedEvent {
  std::string record_id;
  Timestamp received;
  event::Event event;
  /// Both are empty once what the event was about has been deleted for good, or retention does not
  /// keep it.
  std::string body;
  std::string signature;
  /// Its number in the journal; 0 if it is not there yet.
  std::int64_t entry = 0;
};

/// The journal of what came in. It is also what makes reading a segment twice harmless. What comes
/// in may have been received long before what is there.
class Events {
 public:
  explicit Events(Database& database) : database_(database) {}

  /// False if a record of that id is there already, and nothing was changed.
  bool add(const AcceptedEvent& accepted);

  /// Takes one that was kept as of unknown kind for one of that kind from now on. False if it is
  /// not there as such any more, or what it said was taken away, and nothing was changed.
  bool recognize(const std::string& record_id, event::Kind kind);

  /// Whether the same event came in before, under another record id: Strava repeats, byte for byte,
  /// what was not acknowledged in time.
  bool is_repeated(const AcceptedEvent& accepted);

  struct Said {
    event::Kind kind = event::Kind::kUnknown;
    std::chrono::sys_seconds event_time{};
  };
  /// What the newest event on the object said of those that name `owner`; of several in one second
  /// a deletion. Events of unknown kind are passed over.
  std::optional<Said> newest_on(const std::string& object_type, std::int64_t object_id,
                                event::AthleteId owner);

  /// Whether a deletion of the owner's activity came in that is not older than `event_time`.
  bool deletion_known(event::ActivityId activity, event::AthleteId owner,
                      std::chrono::sys_seconds event_time);
  /// The same of its creation.
  bool creation_known(event::ActivityId activity, event::AthleteId owner,
                      std::chrono::sys_seconds event_time);

  /// Whether the test event with that marker came in (event/test_event.h).
  bool has_test(const std::string& marker);

  /// Takes from the events on activities that were announced as deleted before that moment what
  /// they said, unless the activity is stored, or kept aside: it may never have been.
  void unsay_deleted(Timestamp received_before);

  /// The same of all events of before that moment, but for those on what is stored.
  void unsay_unstored(Timestamp received_before);

  /// Forgets what was received before that moment, some thousands at a time.
  void forget(Timestamp received_before);

  /// Which events are asked for; what is not set does not matter.
  struct Query {
    std::optional<Timestamp> since = {};
    std::optional<std::int64_t> object_id = {};
    std::optional<std::size_t> most = {};
    bool newest = false;  ///< of more than `most` the newest, else the oldest
    /// In the order in which they came into the journal, which is that of their numbers, and those
    /// behind that number; else all in the order in which they were received.
    std::optional<std::int64_t> after = {};
  };
  std::vector<AcceptedEvent> list(const Query& query);
  /// The same, handed over one at a time: the journal may be larger than the memory. It is read as
  /// it was at the start; `take` may read whatever else it wants from the database, and throw.
  void for_each(const Query& query, const std::function<void(const AcceptedEvent&)>& take);

  /// The number of the last entry that is there; 0 if there is none.
  std::int64_t last_entry();
  std::int64_t count();
  /// When the newest one was received.
  std::optional<Timestamp> newest();

 private:
  bool is_known(event::Kind kind, event::ActivityId activity, event::AthleteId owner,
                std::chrono::sys_seconds event_time);

  Database& database_;
};

}  // namespace hookspool::store
