#pragma once

#include <set>

#include "event/event.h"

namespace hookspool::event {

/// Which kinds of event are spooled. Everything else is answered with 200 and forgotten.
class AcceptFilter {
 public:
  /// activity.create, activity.delete and athlete.deauthorize: what the archive needs, and what
  /// Strava's API agreement asks an application to heed.
  AcceptFilter();
  explicit AcceptFilter(std::set<Kind> kinds);

  bool accepts(Kind kind) const;

 private:
  std::set<Kind> kinds_;
};

}  // namespace hookspool::event
