#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "event/event.h"
#include "store/database.h"

namespace hookspool::store {

/// The streams of activities: Strava's JSON, compressed by gzip (RFC 1952), so that any program can
/// read the column.
class Streams {
 public:
  explicit Streams(Database& database) : database_(database) {}

  /// Adds them, or replaces those of that activity. `asked`: the names of those that Strava was
  /// asked for.
  void put(event::ActivityId activity, const std::string& json,
           const std::vector<std::string>& asked, Timestamp fetched);
  /// Notes that Strava, asked for these, had none but those that are here: where there are none, an
  /// empty JSON object.
  void put_no_others(event::ActivityId activity, const std::vector<std::string>& asked,
                     Timestamp fetched);

  /// They are not those of the activity any more: until Strava is asked for its own there are none.
  /// False, and nothing changes, if it was never asked.
  bool forget(event::ActivityId activity, Timestamp now);

  /// What Strava answered the last time.
  struct Answer {
    bool are_none = false;
    /// Empty if that was not noted, as in earlier versions, or does not count any more.
    std::vector<std::string> asked;
    Timestamp fetched;
  };
  /// Nothing if it is yet to be asked.
  std::optional<Answer> last_answer(event::ActivityId activity);
  /// As Strava answered them; nothing if there are none.
  std::optional<std::string> find(event::ActivityId activity);

 private:
  void insert(event::ActivityId activity, const std::string& json,
              const std::vector<std::string>& asked, Timestamp fetched,
              const std::string& if_there_is_one);

  Database& database_;
};

}  // namespace hookspool::store
