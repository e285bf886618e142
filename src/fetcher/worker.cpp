#include "fetcher/worker.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/log.h"
#include "fetcher/backoff.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/events.h"
#include "store/pause.h"

namespace hookspool::fetcher {
namespace {

using strava::FailureKind;

/// Longer than a refresh and a call may take together, so that a lease ends only with its holder.
constexpr std::chrono::seconds kLease{120};

/// An inactive application and wrong credentials are mended by a person; one look in a quarter of
/// an hour finds out soon enough.
constexpr std::chrono::seconds kLookAgainAtApplication = std::chrono::minutes(15);

/// Some created activities are not to be had for minutes; after an hour they are hidden or gone.
constexpr std::chrono::seconds kVisibleWithin = std::chrono::hours(1);

std::string describe(const store::Job& job) {
  return " wish=" + std::string(store::name_of(job.wish)) +
         " object=" + std::to_string(job.object_id) +
         " athlete=" + std::to_string(static_cast<std::int64_t>(job.athlete_id));
}

event::ActivityId activity_of(const store::Job& job) {
  return event::ActivityId{job.object_id};
}

store::StoredActivity to_stored(const strava::Activity& activity, Timestamp fetched) {
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
  stored.fetched = fetched;
  stored.json = activity.json;
  return stored;
}

bool is_spent(const strava::Allowance& allowance) {
  return allowance.limit > 0 && allowance.is_exhausted();
}

bool is_spent(const std::optional<strava::RateLimit>& limit) {
  return limit && (is_spent(limit->quarter_hour) || is_spent(limit->day));
}

}  // namespace

Worker::Worker(store::Database& database, strava::ApiClient& api, TokenKeeper& tokens,
               const Clock& clock, const config::FetcherConfig& config, std::string holder,
               Random random)
    : database_(database),
      api_(api),
      tokens_(tokens),
      clock_(clock),
      config_(config),
      holder_(std::move(holder)),
      random_(std::move(random)) {}

std::size_t Worker::begin_due() {
  const Timestamp now = clock_.now();
  if (!has_room() || store::Pause(database_).current(now)) return 0;
  const std::vector<store::Job> jobs =
      store::Jobs(database_).claim(config_.concurrency - in_progress_, holder_, now, now + kLease);
  for (const store::Job& job : jobs) {
    ++in_progress_;
    begin(job);
  }
  return jobs.size();
}

void Worker::heed(const strava::RateLimits& limits) {
  if (!is_spent(limits.read) && !is_spent(limits.overall)) return;
  const Timestamp now = clock_.now();
  pause("Strava's rate limit is used up", strava::retry_after_rate_limit(limits, now));
}

void Worker::begin(const store::Job& job) {
  if (job.wish == store::Wish::kDeauthorize) return begin_deauthorization(job);
  begin_activity(job);
}

void Worker::begin_activity(const store::Job& job) {
  if (job.wish == store::Wish::kRemove &&
      !store::Activities(database_).contains(activity_of(job))) {
    // Nothing to remove, so nothing to ask: an activity that was created and deleted costs no call.
    store::Jobs(database_).finish(job, holder_);
    return ended(job);
  }
  if (!store::Athletes(database_).find(job.athlete_id)) {
    store::Jobs(database_).bury(job, holder_,
                                "the athlete has not been added; run hookspoolctl athlete add");
    log::warning(
        "an event of an athlete who has not been added waits for hookspoolctl athlete add" +
        describe(job));
    return ended(job);
  }
  tokens_.access_token(job.athlete_id, [this, job](const strava::Result<Secret>& token) {
    if (const strava::Failure* failure = strava::failure_of(token)) return failed(job, *failure);
    ask_for_activity(job, std::get<Secret>(token), /*may_refresh=*/true);
  });
}

void Worker::ask_for_activity(const store::Job& job, const Secret& token, bool may_refresh) {
  api_.get_activity(
      activity_of(job), token,
      [this, job, token, may_refresh](const strava::Result<strava::Activity>& result) {
        const strava::Failure* failure = strava::failure_of(result);
        if (failure == nullptr || failure->kind != FailureKind::kInvalidAccessToken ||
            !may_refresh) {
          return answered(job, result);
        }
        tokens_.fresh_token(job.athlete_id, token, [this, job](const auto& fresh) {
          if (const strava::Failure* refused = strava::failure_of(fresh)) {
            return failed(job, *refused);
          }
          ask_for_activity(job, std::get<Secret>(fresh), /*may_refresh=*/false);
        });
      });
}

void Worker::answered(const store::Job& job, const strava::Result<strava::Activity>& result) {
  const strava::Failure* failure = strava::failure_of(result);
  if (failure == nullptr) return store_activity(job, std::get<strava::Activity>(result));
  if (failure->kind == FailureKind::kNotFound) return not_found(job, failure->detail);
  failed(job, *failure);
}

void Worker::store_activity(const store::Job& job, const strava::Activity& activity) {
  if (activity.athlete_id != job.athlete_id) {
    return failed(job, {FailureKind::kNever, "the activity is another athlete's", std::nullopt});
  }
  store::Transaction transaction(database_);
  // The athlete may have been removed while the answer was under way.
  if (store::Athletes(database_).find(job.athlete_id)) {
    store::Activities(database_).put(to_stored(activity, clock_.now()));
  }
  store::Jobs(database_).finish(job, holder_);
  transaction.commit();
  if (job.wish == store::Wish::kRemove) {
    log::warning("a deletion was announced, but Strava still has the activity; it was kept" +
                 describe(job));
  } else {
    log::info("stored" + describe(job));
  }
  ended(job);
}

void Worker::not_found(const store::Job& job, const std::string& detail) {
  if (job.wish == store::Wish::kRemove) return remove_activity(job);
  const Timestamp now = clock_.now();
  if (store::Events(database_).deletion_known(activity_of(job), job.event_time)) {
    store::Jobs(database_).finish(job, holder_);
    log::info("deleted before it was fetched" + describe(job));
    return ended(job);
  }
  if (now - job.event_time < kVisibleWithin) {
    return try_again(job, now + backoff_until_visible(job.attempts, random_()),
                     "Strava does not show it yet");
  }
  failed(job, {FailureKind::kNever, detail, std::nullopt});
}

void Worker::remove_activity(const store::Job& job) {
  store::Transaction transaction(database_);
  store::Activities(database_).remove(activity_of(job));
  store::Jobs(database_).finish(job, holder_);
  transaction.commit();
  log::info("removed" + describe(job));
  ended(job);
}

/// Only a refresh token that Strava refuses by name proves that the athlete took the authorization
/// back.
void Worker::begin_deauthorization(const store::Job& job) {
  if (!store::Athletes(database_).find(job.athlete_id)) {
    store::Jobs(database_).finish(job, holder_);
    return ended(job);
  }
  tokens_.fresh_token(job.athlete_id, Secret(), [this, job](const strava::Result<Secret>& result) {
    deauthorization_answered(job, result);
  });
}

void Worker::deauthorization_answered(const store::Job& job, const strava::Result<Secret>& result) {
  const strava::Failure* failure = strava::failure_of(result);
  if (failure != nullptr && failure->kind != FailureKind::kStopAthlete) {
    return failed(job, *failure);
  }
  store::Transaction transaction(database_);
  if (failure != nullptr) store::Athletes(database_).purge(job.athlete_id);
  store::Jobs(database_).finish(job, holder_);
  transaction.commit();
  if (failure != nullptr) {
    log::info("the athlete took the authorization back; tokens and activities were deleted" +
              describe(job));
  } else {
    log::warning("a deauthorization was announced, but Strava still accepts the token; kept" +
                 describe(job));
  }
  ended(job);
}

void Worker::failed(const store::Job& job, const strava::Failure& failure) {
  const Timestamp now = clock_.now();
  switch (failure.kind) {
    case FailureKind::kLater:
      return try_again(job, failure.retry_at.value_or(now + backoff_after(job.attempts, random_())),
                       failure.detail);
    case FailureKind::kRateLimited:
      pause("Strava's rate limit is used up", failure.retry_at.value_or(now + kLease));
      store::Jobs(database_).release(job, holder_);
      break;
    case FailureKind::kNotFound:
    case FailureKind::kNever:
      store::Jobs(database_).bury(job, holder_, failure.detail);
      log::warning("given up: " + failure.detail + describe(job));
      break;
    case FailureKind::kInvalidAccessToken:
    case FailureKind::kStopAthlete:
      store::Athletes(database_).stop(job.athlete_id, failure.detail);
      store::Jobs(database_).release(job, holder_);
      log::error(
          "nothing is fetched for this athlete until hookspoolctl athlete add brings a new "
          "authorization: " +
          failure.detail + describe(job));
      break;
    case FailureKind::kStopApplication:
      pause(failure.detail, now + kLookAgainAtApplication);
      store::Jobs(database_).release(job, holder_);
      break;
  }
  ended(job);
}

void Worker::try_again(const store::Job& job, Timestamp due, const std::string& why) {
  const Timestamp now = clock_.now();
  if (job.first_failed && now - *job.first_failed >= config_.retry_for) {
    store::Jobs(database_).bury(job, holder_, why);
    log::warning("given up after " + std::to_string(job.attempts + 1) + " attempts: " + why +
                 describe(job));
  } else {
    store::Jobs(database_).postpone(job, holder_, due, now, why);
    log::info("tried again at " + to_rfc3339_seconds(due) + ": " + why + describe(job));
  }
  ended(job);
}

void Worker::pause(const std::string& reason, Timestamp until) {
  const Timestamp now = clock_.now();
  store::Pause pause(database_);
  const auto in_force = pause.current(now);
  pause.set(reason, now, until);
  // One line for a pause, however many jobs ran into it.
  if (in_force && in_force->reason == reason) return;
  log::warning("everything waits until " + to_rfc3339_seconds(until) + ": " + reason);
}

void Worker::ended(const store::Job&) {
  --in_progress_;
}

}  // namespace hookspool::fetcher
