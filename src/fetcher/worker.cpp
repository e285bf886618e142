#include "fetcher/worker.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "base/log.h"
#include "fetcher/backoff.h"
#include "fetcher/settling.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/counters.h"
#include "store/events.h"
#include "store/listings.h"

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
  return " wish=" + std::string(store::name_of(job.wish)) + " lane=" + store::name_of(job.lane) +
         " object=" + std::to_string(job.object_id) +
         " athlete=" + std::to_string(static_cast<std::int64_t>(job.athlete_id));
}

event::ActivityId activity_of(const store::Job& job) {
  return event::ActivityId{job.object_id};
}

/// Whether an event asked for it, rather than a list.
bool is_of_event(const store::Job& job) {
  return job.lane == store::Lane::kFresh || job.lane == store::Lane::kRetry;
}

}  // namespace

Worker::Worker(const Parts& parts, const config::FetcherConfig& config, std::string holder,
               Random random)
    : parts_(parts), config_(config), holder_(std::move(holder)), random_(std::move(random)) {}

std::size_t Worker::begin_due() {
  if (!has_room() || parts_.gate.room() == 0) return 0;
  const std::vector<ErrandInHand> errands = claim_due();
  for (const ErrandInHand& errand : errands) begin(errand);
  return errands.size();
}

std::vector<ErrandInHand> Worker::claim_due() {
  const Timestamp now = parts_.clock.now();
  store::Jobs jobs(parts_.database);
  std::vector<ErrandInHand> errands;
  store::Transaction transaction(parts_.database);
  const std::size_t most =
      std::min<std::size_t>(config_.concurrency - in_progress(), parts_.gate.room());
  Budget::Account account = parts_.budget.open();
  for (const store::Lane lane : store::kLanes) {
    const auto payable = static_cast<std::size_t>(account.payable(lane));
    const std::size_t room = std::min(most - errands.size(), payable);
    if (room == 0) continue;
    for (const store::Job& job : jobs.claim(lane, room, holder_, now, now + kLease)) {
      errands.push_back(take(job));
      errands.back()->ticket = account.take();
    }
  }
  if (!errands.empty()) {
    parts_.budget.keep(account);
    parts_.gate.begin_probe(errands.front()->job.id);
  }
  transaction.commit();
  return errands;
}

std::optional<Timestamp> Worker::next_due() {
  std::optional<Timestamp> next;
  for (const store::Lane lane : store::kLanes) {
    const auto due = store::Jobs(parts_.database).next_due(lane);
    if (!due) continue;
    const Timestamp payable = std::max(*due, parts_.budget.payable_at(lane));
    next = std::min(next.value_or(payable), payable);
  }
  const auto closed = parts_.gate.closed_until();
  return next && closed ? std::max(*next, *closed) : next;
}

ErrandInHand Worker::take(const store::Job& job) {
  ++*in_progress_;
  return {new Errand{job, {}, false, {}, {}}, [count = in_progress_](const Errand* ended) {
            --*count;
            delete ended;
          }};
}

template <typename Work>
void Worker::conclude(const ErrandInHand& errand, Work work) {
  store::Transaction transaction(parts_.database);
  settle_account(*errand);
  work();
  parts_.gate.ended(errand->job.id);
  transaction.commit();
}

void Worker::settle_account(Errand& errand) {
  if (!errand.ticket) return;
  if (errand.was_sent) {
    parts_.budget.answered(*errand.ticket, errand.heard);
  } else {
    parts_.budget.give_back(*errand.ticket);
  }
  errand.ticket.reset();
  errand.was_sent = false;
  errand.heard = {};
}

void Worker::begin(const ErrandInHand& errand) {
  switch (errand->job.wish) {
    case store::Wish::kDeauthorize:
      return begin_deauthorization(errand);
    case store::Wish::kList:
      return begin_listing(errand);
    case store::Wish::kFetch:
    case store::Wish::kRemove:
      return begin_activity(errand);
  }
}

void Worker::begin_activity(const ErrandInHand& errand) {
  const store::Job& job = errand->job;
  const auto owner = store::Activities(parts_.database).owner_of(activity_of(job));
  if (!owner && job.wish == store::Wish::kRemove) {
    // Nothing to remove, so nothing to ask: an activity that was created and deleted costs no call.
    return conclude(errand, [&] { store::Jobs(parts_.database).finish(job, holder_); });
  }
  if (owner && *owner != job.athlete_id) {
    // With the token of somebody else Strava answers 404, which would be no proof of anything.
    log::warning("an event names another athlete than the activity's own, who is asked instead" +
                 describe(job));
    return conclude(errand, [&] { store::Jobs(parts_.database).reassign(job, holder_, *owner); });
  }
  if (!store::Athletes(parts_.database).find(job.athlete_id)) {
    return bury(errand, "the athlete has not been added; run hookspoolctl authorize");
  }
  if (job.remaining == store::Remaining::kStreams) {
    errand->look.since = job.settling_since;
    return ask_for_streams(errand);
  }
  ask_for_activity(errand);
}

void Worker::ask_for_activity(const ErrandInHand& errand) {
  const event::ActivityId id = activity_of(errand->job);
  ask<strava::Activity>(
      errand,
      [this, id](const auto& caller, auto done) {
        parts_.api.get_activity(id, caller, std::move(done));
      },
      &Worker::answered_activity);
}

void Worker::ask_for_streams(const ErrandInHand& errand) {
  const event::ActivityId id = activity_of(errand->job);
  ask<strava::ApiClient::Streams>(
      errand,
      [this, id](const auto& caller, auto done) {
        parts_.api.get_streams(id, config_.streams, caller, std::move(done));
      },
      &Worker::answered_streams);
}

void Worker::begin_listing(const ErrandInHand& errand) {
  const auto listing = store::Listings(parts_.database).find(errand->job.object_id);
  if (!listing || listing->ended) {
    return conclude(errand, [&] { store::Jobs(parts_.database).finish(errand->job, holder_); });
  }
  const strava::ApiClient::Page page{listing->after, listing->before, listing->page};
  ask<std::vector<strava::Activity>>(
      errand,
      [this, page](const auto& caller, auto done) {
        parts_.api.list_activities(page, caller, std::move(done));
      },
      &Worker::answered_page);
}

template <typename T>
void Worker::ask(const ErrandInHand& errand, const Call<T>& call, Answered<T> answered) {
  parts_.tokens.access_token(errand->job.athlete_id,
                             [this, errand, call, answered](const TokenKeeper::Outcome& outcome) {
                               call_with_token(errand, outcome, call, answered,
                                               /*may_refresh=*/true);
                             });
}

template <typename T>
void Worker::call_with_token(const ErrandInHand& errand, const TokenKeeper::Outcome& outcome,
                             const Call<T>& call, Answered<T> answered, bool may_refresh) {
  const auto* token = std::get_if<Secret>(&outcome);
  if (token == nullptr) return without_token(errand, outcome);
  if (!may_call(errand)) return release(errand, errand->job.due);
  call(caller_of(errand, *token), [this, errand, call, answered, may_refresh,
                                   used = *token](const strava::Result<T>& result) {
    const strava::Failure* failure = strava::failure_of(result);
    const bool rejected = failure != nullptr && failure->kind == FailureKind::kInvalidAccessToken;
    if (!rejected || !may_refresh) return (this->*answered)(errand, result);
    settle_account(*errand);
    parts_.tokens.replace_token(
        errand->job.athlete_id, used,
        [this, errand, call, answered](const TokenKeeper::Outcome& replaced) {
          call_with_token(errand, replaced, call, answered, /*may_refresh=*/false);
        });
  });
}

/// For the call that is sent now.
strava::ApiClient::Caller Worker::caller_of(const ErrandInHand& errand, const Secret& token) {
  errand->was_sent = true;
  return {token, [errand](const strava::RateLimits& limits) { errand->heard = limits; }};
}

/// Another job may have met a limit while this one waited for its token.
bool Worker::may_call(const ErrandInHand& errand) {
  if (parts_.gate.is_closed()) return false;
  if (!errand->ticket) errand->ticket = parts_.budget.take_if_payable(errand->job.lane);
  return errand->ticket.has_value();
}

void Worker::answered_activity(const ErrandInHand& errand,
                               const strava::Result<strava::Activity>& result) {
  const strava::Failure* failure = strava::failure_of(result);
  if (failure == nullptr) return keep_activity(errand, std::get<strava::Activity>(result));
  if (failure->kind == FailureKind::kNotFound) return not_found(errand, *failure);
  failed(errand, *failure);
}

void Worker::keep_activity(const ErrandInHand& errand, const strava::Activity& activity) {
  const store::Job& job = errand->job;
  if (activity.athlete_id != job.athlete_id) {
    return bury(errand, "the activity is not the athlete's whom the event names");
  }
  bool streams_are_next = false;
  conclude(errand, [&] {
    parts_.gate.passed();
    errand->look = parts_.archive.keep(job, activity);
    // Whoever announces deletions that are none pays one call, not two.
    streams_are_next = job.wish == store::Wish::kFetch && job.with_streams &&
                       !config_.streams.empty() && errand->look.wants_streams;
    if (job.wish == store::Wish::kRemove && is_of_event(job)) {
      store::Counters(parts_.database).add(store::counter::kSuspiciousDelete, parts_.clock.now());
    }
    if (streams_are_next) {
      return store::Jobs(parts_.database).leave_streams(job, holder_, errand->look.since);
    }
    errand->look.same_streams = true;
    finish_or_settle(*errand);
  });
  if (job.wish == store::Wish::kRemove) {
    log::warning("a deletion was announced, but Strava still has the activity; it was kept" +
                 describe(job));
  } else {
    log::info("stored" + describe(job));
  }
  if (streams_are_next) ask_for_streams(errand);
}

void Worker::answered_streams(const ErrandInHand& errand,
                              const strava::Result<strava::ApiClient::Streams>& result) {
  const strava::Failure* failure = strava::failure_of(result);
  if (failure == nullptr) {
    return keep_streams(errand, std::get<strava::ApiClient::Streams>(result));
  }
  const bool has_none =
      failure->kind == FailureKind::kNotFound || failure->kind == FailureKind::kNever;
  if (has_none) return keep_streams(errand, {"{}", true});
  failed(errand, *failure);
}

void Worker::keep_streams(const ErrandInHand& errand, const strava::ApiClient::Streams& streams) {
  conclude(errand, [&] {
    parts_.gate.passed();
    parts_.archive.keep_streams(errand->job, streams, errand->look);
    finish_or_settle(*errand);
  });
}

/// An activity has settled when two looks at it saw the same, and nothing is missing; or when the
/// last look is over.
void Worker::finish_or_settle(const Errand& errand) {
  const store::Job& job = errand.job;
  const Archive::Look& look = errand.look;
  store::Jobs jobs(parts_.database);
  if (!look.since || !config_.settle) return jobs.finish(job, holder_);
  const bool has_settled =
      job.lane == store::Lane::kSettle && look.same_details && look.same_streams && look.complete;
  const auto next = next_look(*look.since, parts_.clock.now());
  if (next && !has_settled) return jobs.settle(job, holder_, *look.since, *next);
  jobs.finish(job, holder_);
  parts_.archive.settled(job);
}

void Worker::answered_page(const ErrandInHand& errand,
                           const strava::Result<std::vector<strava::Activity>>& result) {
  const strava::Failure* failure = strava::failure_of(result);
  if (failure != nullptr) return failed(errand, *failure);
  conclude(errand, [&] {
    parts_.gate.passed();
    store::Jobs jobs(parts_.database);
    auto listing = store::Listings(parts_.database).find(errand->job.object_id);
    // The athlete may have been removed while the answer was under way.
    const bool goes_on =
        listing && parts_.lister.take(*listing, std::get<std::vector<strava::Activity>>(result));
    // Ahead of what its pages led to: the longer it takes, the more changes under its hands.
    if (goes_on) return jobs.release(errand->job, holder_, listing->begun);
    jobs.finish(errand->job, holder_);
  });
}

void Worker::not_found(const ErrandInHand& errand, const strava::Failure& failure) {
  const store::Job& job = errand->job;
  const Timestamp now = parts_.clock.now();
  // Together with the event that announced it an answer without words is enough.
  if (job.wish == store::Wish::kRemove) {
    parts_.gate.passed();
    return remove(errand);
  }
  const auto stored = store::Activities(parts_.database).find(activity_of(job));
  const bool is_proof_needed = stored || job.lane == store::Lane::kBackfill;
  if (is_proof_needed && !failure.is_named) {
    return failed(errand, {FailureKind::kLater, failure.detail, std::nullopt, false});
  }
  parts_.gate.passed();
  if (stored) return not_found_any_more(errand, *stored);
  if (store::Events(parts_.database).deletion_known(activity_of(job), job.event_time)) {
    conclude(errand, [&] { store::Jobs(parts_.database).finish(job, holder_); });
    return log::info("deleted before it was fetched" + describe(job));
  }
  // A list that Strava has just sent speaks against a single 404.
  if (job.lane == store::Lane::kBackfill && job.attempts > 0) {
    conclude(errand, [&] { store::Jobs(parts_.database).finish(job, holder_); });
    return log::info("deleted since it was listed" + describe(job));
  }
  const bool is_listed = job.lane == store::Lane::kBackfill;
  if (is_listed || now - job.event_time < kVisibleWithin) {
    return try_again(errand, now + backoff_until_visible(job.attempts, random_()),
                     "Strava does not show it yet");
  }
  bury(errand, failure.detail);
}

/// That its athlete's token gets a 404 is the proof by which a deletion is carried out; that nobody
/// announced it, or the announcement was lost, makes it no weaker. Only of a new activity Strava
/// may know at one moment and not at the next.
void Worker::not_found_any_more(const ErrandInHand& errand, const store::StoredActivity& stored) {
  const store::Job& job = errand->job;
  const Timestamp now = parts_.clock.now();
  store::Events events(parts_.database);
  if (stored.undeleted) {
    conclude(errand, [&] { store::Jobs(parts_.database).finish(job, holder_); });
    return log::info("Strava does not show what a person brought back; it was kept" +
                     describe(job));
  }
  const auto an_hour_ago = std::chrono::floor<std::chrono::seconds>(now - kVisibleWithin);
  const bool is_new = (job.settling_since && *job.settling_since > an_hour_ago) ||
                      events.creation_known(activity_of(job), an_hour_ago);
  if (is_new && !events.deletion_known(activity_of(job), job.event_time)) {
    return try_again(errand, now + backoff_until_visible(job.attempts, random_()),
                     "Strava does not show it any more, though it is new");
  }
  remove(errand);
}

void Worker::remove(const ErrandInHand& errand) {
  conclude(errand, [&] {
    parts_.archive.remove(errand->job);
    store::Jobs(parts_.database).finish(errand->job, holder_);
  });
  log::info("removed" + describe(errand->job));
}

/// A deauthorization is carried out only after Strava has refused the athlete's tokens.
void Worker::begin_deauthorization(const ErrandInHand& errand) {
  const event::AthleteId athlete = errand->job.athlete_id;
  if (!store::Athletes(parts_.database).find(athlete)) {
    return conclude(errand, [&] { store::Jobs(parts_.database).finish(errand->job, holder_); });
  }
  parts_.tokens.verify_grant(athlete, [this, errand](const TokenKeeper::Outcome& outcome) {
    const auto* failure = std::get_if<strava::Failure>(&outcome);
    if (failure != nullptr && failure->kind == FailureKind::kStopAthlete) {
      return refused_grant(errand, failure->detail);
    }
    if (std::holds_alternative<Secret>(outcome)) return keep_athlete(errand);
    without_token(errand, outcome);
  });
}

/// A refresh token is refused by name, too, if the one that replaced it was lost. Whoever takes the
/// authorization back ends both tokens, so the access token tells one from the other while it
/// lasts.
void Worker::refused_grant(const ErrandInHand& errand, const std::string& refusal) {
  const auto athlete = store::Athletes(parts_.database).find(errand->job.athlete_id);
  const bool lasts =
      athlete && !athlete->access_token.empty() && athlete->access_expires_at > parts_.clock.now();
  if (!lasts) return purge_athlete(errand);
  if (!may_call(errand)) return release(errand, errand->job.due);
  parts_.api.get_athlete(
      caller_of(errand, athlete->access_token),
      [this, errand, refusal](const strava::Result<event::AthleteId>& result) {
        const strava::Failure* failure = strava::failure_of(result);
        if (failure == nullptr) return stop_suspected_athlete(errand, refusal);
        switch (failure->kind) {
          case FailureKind::kInvalidAccessToken:
            if (failure->is_named) return purge_athlete(errand);
            return failed(errand, {FailureKind::kLater, failure->detail, std::nullopt, false});
          case FailureKind::kStopAthlete:
            // Its scope is too small for that question, so it is alive.
            return stop_suspected_athlete(errand, refusal);
          default:
            return failed(errand, *failure);
        }
      });
}

void Worker::purge_athlete(const ErrandInHand& errand) {
  conclude(errand, [&] {
    parts_.gate.passed();
    // The job goes with all others of the athlete.
    parts_.archive.purge_athlete(errand->job.athlete_id);
  });
  log::info("the athlete took the authorization back; tokens and activities were deleted" +
            describe(errand->job));
}

void Worker::keep_athlete(const ErrandInHand& errand) {
  conclude(errand, [&] {
    parts_.gate.passed();
    store::Counters(parts_.database)
        .add(store::counter::kSuspiciousDeauthorization, parts_.clock.now());
    store::Jobs(parts_.database).finish(errand->job, holder_);
  });
  log::warning("a deauthorization was announced, but Strava still accepts the token; kept" +
               describe(errand->job));
}

void Worker::stop_suspected_athlete(const ErrandInHand& errand, const std::string& refusal) {
  const store::Job& job = errand->job;
  conclude(errand, [&] {
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

void Worker::without_token(const ErrandInHand& errand, const TokenKeeper::Outcome& outcome) {
  if (const auto* elsewhere = std::get_if<TokenKeeper::RefreshedElsewhere>(&outcome)) {
    return release(errand, elsewhere->look_again);
  }
  failed(errand, std::get<strava::Failure>(outcome));
}

void Worker::failed(const ErrandInHand& errand, const strava::Failure& failure) {
  const store::Job& job = errand->job;
  const Timestamp now = parts_.clock.now();
  switch (failure.kind) {
    case FailureKind::kLater: {
      const Timestamp due = now + backoff_after(job.attempts, random_());
      parts_.gate.failed(job.id, failure.detail);
      return try_again(errand, std::max(due, failure.retry_at.value_or(due)), failure.detail);
    }
    case FailureKind::kRateLimited: {
      const strava::RateLimits heard = errand->heard;
      parts_.gate.close(Gate::Reason::kRateLimit, "Strava's rate limit is used up",
                        failure.retry_at.value_or(now + kRateWindow));
      release(errand, job.due);
      return parts_.budget.refused(heard);
    }
    case FailureKind::kStopApplication:
      parts_.gate.close(Gate::Reason::kApplication, failure.detail, now + kLookAgainAtApplication);
      return release(errand, job.due);
    case FailureKind::kInvalidAccessToken:
    case FailureKind::kStopAthlete:
      parts_.gate.passed();
      conclude(errand, [&] {
        store::Athletes(parts_.database).stop(job.athlete_id, failure.detail);
        store::Jobs(parts_.database).release(job, holder_, job.due);
      });
      return log::error(
          "nothing is fetched for this athlete until hookspoolctl authorize brings a new "
          "authorization: " +
          failure.detail + describe(job));
    case FailureKind::kNotFound:
    case FailureKind::kNever:
      parts_.gate.passed();
      return bury(errand, failure.detail);
  }
}

void Worker::try_again(const ErrandInHand& errand, Timestamp due, const std::string& why) {
  const store::Job& job = errand->job;
  const Timestamp now = parts_.clock.now();
  if (job.first_failed && now - *job.first_failed >= config_.retry_for) {
    return bury(errand, why + ", after " + std::to_string(job.attempts + 1) + " attempts");
  }
  conclude(errand, [&] { store::Jobs(parts_.database).postpone(job, holder_, due, now, why); });
  log::info("tried again at " + to_rfc3339_seconds(due) + ": " + why + describe(job));
}

void Worker::bury(const ErrandInHand& errand, const std::string& why) {
  conclude(errand, [&] { store::Jobs(parts_.database).bury(errand->job, holder_, why); });
  log::warning("given up: " + why + describe(errand->job));
}

void Worker::release(const ErrandInHand& errand, Timestamp due) {
  conclude(errand, [&] { store::Jobs(parts_.database).release(errand->job, holder_, due); });
}

}  // namespace hookspool::fetcher
