#include "fetcher/deauthorizations.h"

#include <optional>
#include <utility>
#include <variant>

#include "base/log.h"
#include "fetcher/describe.h"
#include "store/athletes.h"
#include "store/counters.h"
#include "store/jobs.h"

namespace hookspool::fetcher {

using strava::FailureKind;

Deauthorizations::Deauthorizations(const Parts& parts, std::string holder)
    : parts_(parts), holder_(std::move(holder)) {}

void Deauthorizations::begin(const ErrandInHand& errand) {
  const event::AthleteId athlete = errand->job.athlete_id;
  const auto stored = store::Athletes(parts_.database).find(athlete);
  if (!stored) return parts_.endings.finish(errand);
  // Read before Strava is asked: after the refusal another grant may have taken its place.
  const Secret asked_about = stored->refresh_token;
  parts_.tokens.verify_grant(athlete, [this, errand, asked_about](const auto& outcome) {
    const auto* failure = std::get_if<strava::Failure>(&outcome);
    if (failure != nullptr && failure->kind == FailureKind::kStopAthlete) {
      return refused_grant(errand, {asked_about, failure->detail});
    }
    if (std::holds_alternative<Secret>(outcome)) return keep_athlete(errand);
    parts_.calls.without_token(errand, outcome);
  });
}

/// A refresh token is refused by name, too, if the one that replaced it was lost. Whoever takes the
/// authorization back ends both tokens, so the access token tells one from the other while it
/// lasts.
void Deauthorizations::refused_grant(const ErrandInHand& errand, const Refusal& refusal) {
  const auto athlete = store::Athletes(parts_.database).find(errand->job.athlete_id);
  if (!athlete) return parts_.endings.finish(errand);
  const bool lasts =
      !athlete->access_token.empty() && athlete->access_expires_at > parts_.clock.now();
  if (!lasts) return purge_athlete(errand, refusal);
  if (!parts_.calls.may_call(errand)) return parts_.endings.release(errand, errand->job.due);
  parts_.api.get_athlete(
      Calls::caller_of(errand, athlete->access_token),
      [this, errand, refusal](const strava::Result<event::AthleteId>& result) {
        const strava::Failure* failure = strava::failure_of(result);
        if (failure == nullptr) return stop_suspected_athlete(errand, refusal);
        if (failure->kind == FailureKind::kInvalidAccessToken && failure->is_named) {
          return purge_athlete(errand, refusal);
        }
        // Its scope is too small for that question, so it is alive.
        if (failure->kind == FailureKind::kStopAthlete) {
          return stop_suspected_athlete(errand, refusal);
        }
        parts_.endings.failed(errand, *failure);
      });
}

/// True if `work` was done. Not if the athlete has another grant by now, of which the refusal says
/// nothing: that one is to be asked about. Nor if a person has removed the athlete meanwhile, of
/// whom consumers have heard then.
template <typename Work>
bool Deauthorizations::conclude_unless_changed(const ErrandInHand& errand, const Refusal& refusal,
                                               Work work) {
  store::Transaction transaction(parts_.database);
  parts_.gate.passed();
  const auto athlete = store::Athletes(parts_.database).find(errand->job.athlete_id);
  const bool is_same = athlete && athlete->refresh_token.reveal() == refusal.refresh_token.reveal();
  if (!athlete) {
    parts_.endings.finish(errand);
  } else if (is_same) {
    parts_.endings.conclude(errand, work);
  } else {
    parts_.endings.release(errand, errand->job.due);
  }
  transaction.commit();
  return is_same;
}

void Deauthorizations::purge_athlete(const ErrandInHand& errand, const Refusal& refusal) {
  const bool purged = conclude_unless_changed(errand, refusal, [&] {
    // The job goes with all others of the athlete.
    parts_.archive.purge_athlete(errand->job.athlete_id);
  });
  if (!purged) return;
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

void Deauthorizations::stop_suspected_athlete(const ErrandInHand& errand, const Refusal& refusal) {
  const store::Job& job = errand->job;
  const bool stopped = conclude_unless_changed(errand, refusal, [&] {
    store::Counters(parts_.database)
        .add(store::counter::kSuspiciousDeauthorization, parts_.clock.now());
    store::Athletes(parts_.database).stop(job.athlete_id, refusal.words);
    store::Jobs(parts_.database).finish(job, holder_);
  });
  if (!stopped) return;
  log::error(
      "a deauthorization was announced, but Strava still accepts the access token: nothing was "
      "deleted, and nothing is fetched for this athlete until hookspoolctl authorize brings a new "
      "authorization: " +
      refusal.words + describe(job));
}

}  // namespace hookspool::fetcher
