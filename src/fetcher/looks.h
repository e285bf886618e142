#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "fetcher/archive.h"
#include "fetcher/calls.h"
#include "fetcher/endings.h"
#include "fetcher/errand.h"
#include "fetcher/gate.h"
#include "store/activities.h"
#include "store/database.h"
#include "strava/activity.h"
#include "strava/api_client.h"
#include "strava/outcome.h"

namespace hookspool::fetcher {

/// The errands to look at an activity: to store it, with its streams and until it has settled, or
/// to see whether it is gone. An event is only ever a hint to go and look: nothing is removed
/// before Strava has confirmed that it is gone.
class Looks {
 public:
  /// What it works with; all must outlive it.
  struct Parts {
    store::Database& database;
    strava::ApiClient& api;
    Gate& gate;
    Archive& archive;
    const Clock& clock;
    Calls& calls;
    Endings& endings;
  };
  /// What is looked for.
  struct Settings {
    std::vector<std::string> streams;  ///< none: no call is spent on them
    bool settle = true;                ///< whether a new activity is looked at again
  };

  /// `holder` names this process.
  Looks(const Parts& parts, Settings settings, std::string holder);
  Looks(const Looks&) = delete;
  Looks& operator=(const Looks&) = delete;

  void begin(const ErrandInHand& errand);

 private:
  void ask_for_activity(const ErrandInHand& errand);
  void ask_for_streams(const ErrandInHand& errand);
  void answered_activity(const ErrandInHand& errand,
                         const strava::Result<strava::Activity>& result);
  void answered_streams(const ErrandInHand& errand,
                        const strava::Result<strava::ApiClient::Streams>& result);
  void keep_activity(const ErrandInHand& errand, const strava::Activity& activity);
  void keep_streams(const ErrandInHand& errand, const strava::ApiClient::Streams& streams);
  void go_without_streams(const ErrandInHand& errand, const strava::Failure& failure);
  bool is_activity_unkept(const store::Job& job) const;
  void finish_or_settle(const Errand& errand);
  bool is_to_settle(const Archive::Look& look) const;
  std::optional<Timestamp> next_look_after(const Archive::Look& look) const;
  void not_found(const ErrandInHand& errand, const strava::Failure& failure);
  void not_found_any_more(const ErrandInHand& errand, const store::StoredActivity& stored);
  void end_as_wrong_owner(const ErrandInHand& errand);
  void strava_names_another(const ErrandInHand& errand, event::AthleteId owner);
  void finish_since(const ErrandInHand& errand, const std::string& why);
  void remove(const ErrandInHand& errand);

  Parts parts_;
  Settings settings_;
  std::string holder_;
};

}  // namespace hookspool::fetcher
