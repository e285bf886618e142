#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "fetcher/changes.h"
#include "store/activities.h"
#include "store/database.h"
#include "store/jobs.h"
#include "store/streams.h"
#include "strava/activity.h"
#include "strava/api_client.h"

namespace hookspool::fetcher {

/// When the activity started; nothing if Strava does not say.
std::optional<Timestamp> start_of(const strava::Activity& activity);

/// What Strava's answers do to the activities that are stored. Everything here happens in the
/// caller's transaction, and asks nobody.
class Archive {
 public:
  /// All but `streams`, the names of those that are kept, must outlive this.
  Archive(store::Database& database, const Clock& clock, Changes& changes,
          std::vector<std::string> streams);

  /// What was seen of an activity in one look at it, which may take two calls.
  struct Look {
    /// When the activity appeared, if it has to settle.
    std::optional<std::chrono::sys_seconds> since;
    bool same_details = false;  ///< as the look before
    bool same_streams = false;
    bool has_no_streams = false;
    bool told = false;      ///< consumers hear of this look already
    bool complete = false;  ///< nothing is known to be missing
    /// Its streams are worth a call: they are missing, or may still come or change.
    bool wants_streams = false;
    /// Those that were kept went, since Strava cut or corrected the recording.
    bool lost_streams = false;
  };

  /// Stores the activity. Nothing, and it is not stored, if its athlete has been removed meanwhile.
  std::optional<Look> keep(const store::Job& job, const strava::Activity& activity);
  /// Stores its streams, or hears that there are none.
  void keep_streams(const store::Job& job, const strava::ApiClient::Streams& streams, Look& look);
  /// The last look is over: what Strava has not got is not to be asked for again and again.
  void note_what_is_missing(const store::Job& job, const Look& look);
  /// Whether to ask for its streams: some are configured, it was not entered by hand, and Strava
  /// was not asked for all of those yet; or it answered that there are none, but so soon that they
  /// may just be late: within a day of the start, or of when the recording was first seen as it is
  /// now.
  bool lacks_streams(const strava::Activity& activity) const;
  /// Whether Strava had none when that could not be believed, and will be believed now. To ask
  /// again before would be to ask in vain, again and again, for what has none.
  bool are_streams_late(const strava::Activity& activity) const;
  /// Nothing more is expected of the activity.
  void settled(const store::Job& job);
  /// Stores what a list says of an activity.
  void keep_summary(const strava::Activity& activity);
  /// Strava has confirmed that the activity is gone: it stays aside for a day.
  void remove(const store::Job& job);
  /// Strava has confirmed that the athlete took the authorization back.
  void purge_athlete(event::AthleteId athlete);

 private:
  /// Streams that are not of this recording go. Whether there were some.
  bool put(const strava::Activity& activity, const std::optional<store::StoredActivity>& before,
           std::optional<std::chrono::sys_seconds> event_time, bool is_of_history);
  bool is_of_history(const store::Job& job, const strava::Activity& activity) const;
  std::optional<Timestamp> may_come_until(const strava::Activity& activity,
                                          const store::Streams::Answer& answer) const;
  std::optional<std::chrono::sys_seconds> appeared(const store::Job& job,
                                                   const strava::Activity& activity) const;

  store::Database& database_;
  const Clock& clock_;
  Changes& changes_;
  std::vector<std::string> streams_;
};

}  // namespace hookspool::fetcher
