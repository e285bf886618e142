#include "fetcher/worker.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/log.h"
#include "fetcher/backoff.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/events.h"

namespace hookspool::fetcher {
namespace {

using strava::FailureKind;

/// Longer than two refreshes and two calls may take together, so that a lease ends only with its
/// holder.
constexpr std::chrono::seconds kLease = std::chrono::minutes(5);

/// An inactive application and wrong credentials are mended by a person; one look in a quarter of
/// an hour finds out soon enough.
constexpr std::chrono::seconds kLookAgainAtApplication = std::chrono::minutes(15);

/// Some created activities are not to be had for minutes; after an hour they are hidden or gone.
constexpr std::chrono::seconds kVisibleWithin = std::chrono::hours(1);

/// Only if a 429 does not say when.
constexpr std::chrono::seconds kRateWindow = std::chrono::minutes(15);

std::string describe(const store::Job& job) {
  return " wish=" + std::string(store::name_of(job.wish)) +
         " object=" + std::to_string(job.object_id) +
         " athlete=" + std::to_string(static_cast<std::int64_t>(job.athlete_id));
}

event::ActivityId activity_of(const store::Job& job) {
  return event::ActivityId{job.object_id};
}

store::StoredActivity to_stored(const strava::Activity& activity, const store::Job& job,
                                Timestamp fetched) {
  store::StoredActivity stored;
  stored.id = activity.id;
  stored.athlete_id = activity.athlete_id;
  stored.name = activity.name;
  stored.sport_type = activity.sport_type;
  stored.start_date = activity.start_date;
  stored.start_date_local = activity.start_date_local;
  stored.timezone = activity.timezone;
  stored.distance_m = activity.distance_m;
  stored.moving_time_s = activity.moving_time_s;
  stored.elapsed_time_s = activity.elapsed_time_s;
  stored.elevation_gain_m = activity.elevation_gain_m;
  stored.summary_polyline = activity.summary_polyline;
  stored.polyline = activity.polyline;
  stored.visibility = activity.visibility;
  stored.event_time = job.event_time;
  stored.fetched = fetched;
  stored.json = activity.json;
  return stored;
}

}  // namespace

Worker::Worker(store::Database& database, strava::ApiClient& api, TokenKeeper& tokens, Gate& gate,
               const Clock& clock, const config::FetcherConfig& config, std::string holder,
               Random random)
    : database_(database),
      api_(api),
      tokens_(tokens),
      gate_(gate),
      clock_(clock),
      config_(config),
      holder_(std::move(holder)),
      random_(std::move(random)) {}

std::size_t Worker::begin_due() {
  if (!has_room() || gate_.closed_until()) return 0;
  const Timestamp now = clock_.now();
  const std::vector<store::Job> jobs =
      store::Jobs(database_).claim(config_.concurrency - in_progress(), holder_, now, now + kLease);
  for (const store::Job& job : jobs) begin(take(job));
  return jobs.size();
}

Worker::JobInHand Worker::take(const store::Job& job) {
  ++*in_progress_;
  return {new store::Job(job), [count = in_progress_](const store::Job* ended) {
            --*count;
            delete ended;
          }};
}

void Worker::begin(const JobInHand& job) {
  if (job->wish == store::Wish::kDeauthorize) return begin_deauthorization(job);
  begin_activity(job);
}

void Worker::begin_activity(const JobInHand& job) {
  const auto owner = store::Activities(database_).owner_of(activity_of(*job));
  if (!owner && job->wish == store::Wish::kRemove) {
    // Nothing to remove, so nothing to ask: an activity that was created and deleted costs no call.
    return store::Jobs(database_).finish(*job, holder_);
  }
  if (owner && *owner != job->athlete_id) {
    // With the token of somebody else Strava answers 404, which would be no proof of anything.
    log::warning("an event names another athlete than the activity's own, who is asked instead" +
                 describe(*job));
    return store::Jobs(database_).reassign(*job, holder_, *owner);
  }
  if (!store::Athletes(database_).find(job->athlete_id)) {
    return bury(*job, "the athlete has not been added; run hookspoolctl authorize");
  }
  tokens_.access_token(job->athlete_id, [this, job](const TokenKeeper::Outcome& outcome) {
    const auto* token = std::get_if<Secret>(&outcome);
    if (token == nullptr) return without_token(*job, outcome);
    ask_for_activity(job, *token, /*may_refresh=*/true);
  });
}

void Worker::ask_for_activity(const JobInHand& job, const Secret& token, bool may_refresh) {
  // Another job may have met the limit while this one waited for its token.
  if (gate_.closed_until()) return store::Jobs(database_).release(*job, holder_, job->due);
  api_.get_activity(
      activity_of(*job), token,
      [this, job, token, may_refresh](const strava::Result<strava::Activity>& result) {
        const strava::Failure* failure = strava::failure_of(result);
        const bool rejected =
            failure != nullptr && failure->kind == FailureKind::kInvalidAccessToken;
        if (rejected && may_refresh) return replace_token(job, token);
        answered(*job, result);
      });
}

void Worker::replace_token(const JobInHand& job, const Secret& rejected) {
  tokens_.replace_token(job->athlete_id, rejected,
                        [this, job](const TokenKeeper::Outcome& outcome) {
                          const auto* token = std::get_if<Secret>(&outcome);
                          if (token == nullptr) return without_token(*job, outcome);
                          ask_for_activity(job, *token, /*may_refresh=*/false);
                        });
}

void Worker::answered(const store::Job& job, const strava::Result<strava::Activity>& result) {
  const strava::Failure* failure = strava::failure_of(result);
  if (failure == nullptr) return store_activity(job, std::get<strava::Activity>(result));
  gate_.record();
  if (failure->kind == FailureKind::kNotFound) return not_found(job, failure->detail);
  failed(job, *failure);
}

void Worker::store_activity(const store::Job& job, const strava::Activity& activity) {
  if (activity.athlete_id != job.athlete_id) {
    return bury(job, "the activity is not the athlete's whom the event names");
  }
  store::Transaction transaction(database_);
  // The athlete may have been removed while the answer was under way.
  if (store::Athletes(database_).find(job.athlete_id)) {
    store::Activities(database_).put(to_stored(activity, job, clock_.now()));
  }
  store::Jobs(database_).finish(job, holder_);
  gate_.passed();
  gate_.record();
  transaction.commit();
  if (job.wish == store::Wish::kRemove) {
    log::warning("a deletion was announced, but Strava still has the activity; it was kept" +
                 describe(job));
  } else {
    log::info("stored" + describe(job));
  }
}

void Worker::not_found(const store::Job& job, const std::string& detail) {
  if (job.wish == store::Wish::kRemove) return remove_activity(job);
  if (store::Events(database_).deletion_known(activity_of(job), job.event_time)) {
    store::Jobs(database_).finish(job, holder_);
    return log::info("deleted before it was fetched" + describe(job));
  }
  const Timestamp now = clock_.now();
  const bool seen_before = store::Activities(database_).owner_of(activity_of(job)).has_value();
  if (!seen_before && now - job.event_time < kVisibleWithin) {
    return try_again(job, now + backoff_until_visible(job.attempts, random_()),
                     "Strava does not show it yet");
  }
  bury(job, detail);
}

void Worker::remove_activity(const store::Job& job) {
  store::Transaction transaction(database_);
  store::Activities(database_).remove(activity_of(job));
  store::Jobs(database_).finish(job, holder_);
  transaction.commit();
  log::info("removed" + describe(job));
}

/// Only a refresh token that Strava refuses by name proves that the athlete took the authorization
/// back.
void Worker::begin_deauthorization(const JobInHand& job) {
  if (!store::Athletes(database_).find(job->athlete_id)) {
    return store::Jobs(database_).finish(*job, holder_);
  }
  tokens_.verify_grant(job->athlete_id, [this, job](const TokenKeeper::Outcome& outcome) {
    const auto* failure = std::get_if<strava::Failure>(&outcome);
    if (failure != nullptr && failure->kind == FailureKind::kStopAthlete) {
      return purge_athlete(*job);
    }
    if (std::holds_alternative<Secret>(outcome)) return keep_athlete(*job);
    without_token(*job, outcome);
  });
}

void Worker::purge_athlete(const store::Job& job) {
  // The job goes with all others of the athlete.
  store::Athletes(database_).purge(job.athlete_id);
  log::info("the athlete took the authorization back; tokens and activities were deleted" +
            describe(job));
}

void Worker::keep_athlete(const store::Job& job) {
  store::Jobs(database_).finish(job, holder_);
  log::warning("a deauthorization was announced, but Strava still accepts the token; kept" +
               describe(job));
}

void Worker::without_token(const store::Job& job, const TokenKeeper::Outcome& outcome) {
  if (const auto* elsewhere = std::get_if<TokenKeeper::RefreshedElsewhere>(&outcome)) {
    return store::Jobs(database_).release(job, holder_, elsewhere->look_again);
  }
  failed(job, std::get<strava::Failure>(outcome));
}

void Worker::failed(const store::Job& job, const strava::Failure& failure) {
  const Timestamp now = clock_.now();
  switch (failure.kind) {
    case FailureKind::kLater: {
      const Timestamp due = now + backoff_after(job.attempts, random_());
      return try_again(job, std::max(due, failure.retry_at.value_or(due)), failure.detail);
    }
    case FailureKind::kRateLimited:
      gate_.close("Strava's rate limit is used up", failure.retry_at.value_or(now + kRateWindow));
      return store::Jobs(database_).release(job, holder_, job.due);
    case FailureKind::kStopApplication:
      gate_.close(failure.detail, now + kLookAgainAtApplication);
      return store::Jobs(database_).release(job, holder_, job.due);
    case FailureKind::kInvalidAccessToken:
    case FailureKind::kStopAthlete:
      store::Athletes(database_).stop(job.athlete_id, failure.detail);
      store::Jobs(database_).release(job, holder_, job.due);
      return log::error(
          "nothing is fetched for this athlete until hookspoolctl authorize brings a new "
          "authorization: " +
          failure.detail + describe(job));
    case FailureKind::kNotFound:
    case FailureKind::kNever:
      return bury(job, failure.detail);
  }
}

void Worker::try_again(const store::Job& job, Timestamp due, const std::string& why) {
  const Timestamp now = clock_.now();
  if (job.first_failed && now - *job.first_failed >= config_.retry_for) {
    return bury(job, why + ", after " + std::to_string(job.attempts + 1) + " attempts");
  }
  store::Jobs(database_).postpone(job, holder_, due, now, why);
  log::info("tried again at " + to_rfc3339_seconds(due) + ": " + why + describe(job));
}

void Worker::bury(const store::Job& job, const std::string& why) {
  store::Jobs(database_).bury(job, holder_, why);
  log::warning("given up: " + why + describe(job));
}

}  // namespace hookspool::fetcher
