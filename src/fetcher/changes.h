#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "event/event.h"
#include "store/database.h"

namespace hookspool::fetcher {

/// Keeps what consumers are to be told, in the transaction of the change itself: so nothing that
/// happened goes untold, and nothing is told that did not happen. The Notifier tells it.
class Changes {
 public:
  /// All must outlive this. `consumers`: "command" and URLs; none: nothing is kept.
  Changes(store::Database& database, const Clock& clock, std::vector<std::string> consumers);

  void stored(event::ActivityId activity, event::AthleteId athlete);
  void updated(event::ActivityId activity, event::AthleteId athlete);
  void settled(event::ActivityId activity, event::AthleteId athlete);
  void deleted(event::ActivityId activity, event::AthleteId athlete);
  void deauthorized(event::AthleteId athlete);
  void alert_started(const std::string& name, const std::string& sentence);
  void alert_ended(const std::string& name, const std::string& sentence);

 private:
  void tell(const char* kind, const std::string& object_type, std::int64_t object_id,
            event::AthleteId athlete, const std::string& detail);

  store::Database& database_;
  const Clock& clock_;
  std::vector<std::string> consumers_;
};

}  // namespace hookspool::fetcher
