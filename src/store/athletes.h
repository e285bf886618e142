#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "event/event.h"
#include "store/database.h"

namespace hookspool::store {

/// An athlete who authorized the application, with the tokens.
struct Athlete {
  event::AthleteId id{};
  Secret refresh_token;
  Secret access_token;
  std::chrono::sys_seconds access_expires_at{};
  std::string scope;  ///< comma-separated, as Strava granted it; empty if unknown
  /// Set while nothing can be asked for this athlete: a sentence that says why.
  std::optional<std::string> stopped_because;
  /// When the athlete's activities were last listed, or else the athlete added.
  Timestamp reconciled = {};
  /// When the athlete was added, or authorized us anew after a stop: since then events tell of what
  /// the athlete does.
  Timestamp authorized = {};
};

class Athletes {
 public:
  explicit Athletes(Database& database) : database_(database) {}

  /// Adds the athlete, or replaces tokens and scope of one that is there; whom nothing stops any
  /// more then. When the athlete was reconciled and authorized is not taken from `athlete`, but
  /// follows from `now`. The athlete's dead jobs
  /// wait again from `now` on, and so do those that waited because the athlete was stopped.
  void put(const Athlete& athlete, Timestamp now);

  std::optional<Athlete> find(event::AthleteId id);
  std::vector<Athlete> list();

  /// What a refresh brought. A scope that the answer left out stays as it was.
  struct NewTokens {
    Secret refresh_token;
    Secret access_token;
    std::chrono::sys_seconds access_expires_at{};
    std::optional<std::string> scope;
    /// The store did not take them at once, so that somebody else may have been refused what they
    /// were traded for, and the athlete been stopped: who goes on then.
    bool are_late = false;
  };
  /// Commits the tokens that `used` was traded for. False, and nothing is changed, if the athlete
  /// is gone or has another refresh token by now, which is newer.
  bool store_tokens(event::AthleteId id, const Secret& used, const NewTokens& tokens);

  /// Nothing is asked for this athlete from now on, until put(), or late tokens.
  void stop(event::AthleteId id, const std::string& because);

  /// The athlete's activities are being listed.
  void reconciled(event::AthleteId id, Timestamp now);

  /// Deletes the athlete, the tokens, all of the athlete's activities and jobs, and what the
  /// athlete's events said. The record ids stay, so that a segment read again brings nothing back;
  /// so does what consumers have still to be told, which holds ids only.
  void purge(event::AthleteId id);

  /// Lets one process at a time refresh an athlete's token: true if `holder` may, until `until`.
  bool lease_refresh(event::AthleteId id, const std::string& holder, Timestamp now,
                     Timestamp until);
  void release_refresh(event::AthleteId id, const std::string& holder);

 private:
  Database& database_;
};

}  // namespace hookspool::store
