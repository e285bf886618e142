#include "fetcher/deauthorizations.h"

#include <optional>
#include <utility>
#include <variant>

#include "base/log.h"
#include "store/athletes.h"
#include "store/counters.h"
#include "store/jobs.h"

namespace hookspool::fetcher {

using strava::FailureKind;

Deauthorizations::Deauthorizations(const Parts& parts, std::string holder)
    : parts_(parts), holder_(std::move(holder)) {}

void Deauthorizations::begin(const ErrandInHand& errand) {
  const event::AthleteId athlete = errand->job.athlete_id;
  if (!store::Athletes(parts_.database).find(athlete)) return parts_.endings.finish(errand);
  parts_.tokens.verify_grant(athlete, [this, errand](const TokenKeeper::Outcome& outcome) {
    const auto* failure = std::get_if<strava::Failure>(&outcome);
    if (failure != nullptr && failure->kind == FailureKind::kStopAthlete) {
      return refused_grant(errand, failure->detail);
    }
    if (std::holds_alternative<Secret>(outcome)) return keep_athlete(errand);
    parts_.calls.without_token(errand, outcome);
  });
}

/// A refresh token is refused by name, too, if the one that replaced it was lost. Whoever takes the
/// authorization back ends both tokens, so the access token tells one from the other while it
/// lasts.
void Deauthorizations::refused_grant(const ErrandInHand& errand, const std::string& refusal) {
  const auto athlete = store::Athletes(parts_.database).find(errand->job.athlete_id);
  const bool lasts =
      athlete && !athlete->access_token.empty() && athlete->access_expires_at > parts_.clock.now();
  if (!lasts) return purge_athlete(errand);
  if (!parts_.calls.may_call(errand)) return parts_.endings.release(errand, errand->job.due);
  parts_.api.get_athlete(Calls::caller_of(errand, athlete->access_token),
                         [this, errand, refusal](const strava::Result<event::AthleteId>& result) {
                           const strava::Failure* failure = strava::failure_of(result);
                           if (failure == nullptr) return stop_suspected_athlete(errand, refusal);
                           switch (failure->kind) {
                             case FailureKind::kInvalidAccessToken:
                               if (failure->is_named) return purge_athlete(errand);
                               return parts_.endings.failed(
                                   errand,
                                   {FailureKind::kLater, failure->detail, std::nullopt, false});
                             case FailureKind::kStopAthlete:
                               // Its scope is too small for that question, so it is alive.
                               return stop_suspected_athlete(errand, refusal);
                             default:
                               return parts_.endings.failed(errand, *failure);
                           }
                         });
}

void Deauthorizations::purge_athlete(const ErrandInHand& errand) {
  parts_.endings.conclude(errand, [&] {
    parts_.gate.passed();
    // The job goes with all others of the athlete.
    parts_.archive.purge_athlete(errand->job.athlete_id);
  });
  log::info("the athlete took the authorization back; tokens and activities were deleted" +
            describe(errand->job));
}

void Deauthorizations::keep_athlete(const ErrandInHand& errand) {
  parts_.endings.conclude(errand, [&] {
    parts_.gate.passed();
    store::Counters(parts_.database)
        .add(store::counter::kSuspiciousDeauthorization, parts_.clock.now());
    store::Jobs(parts_.database).finish(errand->job, holder_);
  });
  log::warning("a deauthorization was announced, but Strava still accepts the token; kept" +
               describe(errand->job));
}

void Deauthorizations::stop_suspected_athlete(const ErrandInHand& errand,
                                              const std::string& refusal) {
  const store::Job& job = errand->job;
  parts_.endings.conclude(errand, [&] {
    parts_.gate.passed();
    store::Counters(parts_.database)
        .add(store::counter::kSuspiciousDeauthorization, parts_.clock.now());
    store::Athletes(parts_.database).stop(job.athlete_id, refusal);
    store::Jobs(parts_.database).finish(job, holder_);
  });
  log::error(
      "a deauthorization was announced, but Strava still accepts the access token: nothing was "
      "deleted, and nothing is fetched for this athlete until hookspoolctl authorize brings a new "
      "authorization: " +
      refusal + describe(job));
}

}  // namespace hookspool::fetcher
