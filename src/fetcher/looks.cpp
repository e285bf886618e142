#include "fetcher/looks.h"

#include <optional>
#include <utility>
#include <variant>

#include "base/log.h"
#include "fetcher/describe.h"
#include "fetcher/lease_times.h"
#include "fetcher/settling.h"
#include "store/athletes.h"
#include "store/counters.h"
#include "store/events.h"
#include "store/jobs.h"

namespace hookspool::fetcher {
namespace {

using strava::FailureKind;

/// Some created activities are not to be had for minutes; after an hour they are hidden or gone.
constexpr std::chrono::seconds kVisibleWithin = std::chrono::hours(1);

/// After which what a list has and the API has not is asked for once more.
constexpr std::chrono::seconds kLookAgainAtListed = std::chrono::minutes(1);
constexpr const char* kListedOnly = "Strava lists it and does not show it";

event::ActivityId activity_of(const store::Job& job) {
  return event::ActivityId{job.object_id};
}

}  // namespace

Looks::Looks(const Parts& parts, Settings settings, std::string holder)
    : parts_(parts), settings_(std::move(settings)), holder_(std::move(holder)) {}

void Looks::begin(const ErrandInHand& errand) {
  const store::Job& job = errand->job;
  const auto owner = store::Activities(parts_.database).owner_of(activity_of(job));
  if (owner && *owner != job.athlete_id) return end_as_wrong_owner(errand);
  if (!owner && job.wish == store::Wish::kRemove) {
    // Nothing to remove, so nothing to ask: an activity that was created and deleted costs no call.
    return finish_since(errand, "announced as deleted, and not stored");
  }
  if (!store::Athletes(parts_.database).find(job.athlete_id)) {
    return parts_.endings.bury(errand,
                               "the athlete has not been added; run hookspoolctl authorize");
  }
  if (job.remaining == store::Remaining::kStreams) {
    errand->look.since = job.settling_since;
    if (!settings_.streams.empty()) return ask_for_streams(errand);
    // None are configured any more.
    errand->look.same_streams = true;
    return parts_.endings.conclude(errand, [&] { finish_or_settle(*errand); });
  }
  ask_for_activity(errand);
}

void Looks::ask_for_activity(const ErrandInHand& errand) {
  const event::ActivityId id = activity_of(errand->job);
  parts_.calls.ask<strava::Activity>(
      errand,
      [this, id](const auto& caller, auto done) {
        parts_.api.get_activity(id, caller, std::move(done));
      },
      [this, errand](const auto& result) { answered_activity(errand, result); });
}

void Looks::ask_for_streams(const ErrandInHand& errand) {
  const event::ActivityId id = activity_of(errand->job);
  parts_.calls.ask<strava::ApiClient::Streams>(
      errand,
      [this, id](const auto& caller, auto done) {
        parts_.api.get_streams(id, settings_.streams, caller, std::move(done));
      },
      [this, errand](const auto& result) { answered_streams(errand, result); });
}

void Looks::answered_activity(const ErrandInHand& errand,
                              const strava::Result<strava::Activity>& result) {
  const strava::Failure* failure = strava::failure_of(result);
  if (failure == nullptr) return keep_activity(errand, std::get<strava::Activity>(result));
  if (failure->kind == FailureKind::kNotFound) return not_found(errand, *failure);
  parts_.endings.failed(errand, *failure);
}

void Looks::keep_activity(const ErrandInHand& errand, const strava::Activity& activity) {
  const store::Job& job = errand->job;
  const auto owner = store::Activities(parts_.database).owner_of(activity_of(job));
  if (owner && *owner != job.athlete_id) {
    parts_.gate.passed();
    return end_as_wrong_owner(errand);
  }
  if (activity.athlete_id != job.athlete_id) {
    return strava_names_another(errand, activity.athlete_id);
  }
  bool is_kept = false;
  bool streams_are_next = false;
  const bool was_announced_deleted = job.wish == store::Wish::kRemove && store::is_of_event(job);
  parts_.endings.conclude(errand, [&] {
    parts_.gate.passed();
    const auto look = parts_.archive.keep(job, activity);
    is_kept = look.has_value();
    if (!look) return store::Jobs(parts_.database).finish(job, holder_);
    errand->look = *look;
    // An event, be it a deletion that was none, may have come in place of the last look.
    const bool no_look_follows = job.settling_since && !next_look_after(errand->look);
    const bool are_worth_it =
        no_look_follows ? !activity.manual : job.with_streams && errand->look.wants_streams;
    streams_are_next = !settings_.streams.empty() && (are_worth_it || errand->look.lost_streams);
    if (was_announced_deleted) {
      store::Counters(parts_.database).add(store::counter::kSuspiciousDelete, parts_.clock.now());
    }
    if (streams_are_next) {
      return store::Jobs(parts_.database)
          .leave_streams(job, holder_, errand->look.since, parts_.clock.now() + kJobLease);
    }
    errand->look.same_streams = true;
    finish_or_settle(*errand);
  });
  if (!is_kept) return log::info("its athlete was removed meanwhile" + describe(job));
  if (was_announced_deleted) {
    log::warning("a deletion was announced, but Strava still has the activity; it was kept" +
                 describe(job));
  } else {
    log::info("stored" + describe(job));
  }
  if (streams_are_next) ask_for_streams(errand);
}

void Looks::answered_streams(const ErrandInHand& errand,
                             const strava::Result<strava::ApiClient::Streams>& result) {
  const strava::Failure* failure = strava::failure_of(result);
  if (failure == nullptr) {
    return keep_streams(errand, std::get<strava::ApiClient::Streams>(result));
  }
  if (failure->kind == FailureKind::kNotFound) return keep_streams(errand, {"{}", true});
  if (failure->kind == FailureKind::kNever) return go_without_streams(errand, *failure);
  parts_.endings.failed(errand, *failure);
}

/// What Strava refuses now it may give at the next look, and the rest of the activity has to settle
/// as any. When that has, or after the last look, a person is to see why they are missing.
void Looks::go_without_streams(const ErrandInHand& errand, const strava::Failure& failure) {
  const store::Job& job = errand->job;
  if (is_activity_unkept(job)) return parts_.endings.release(errand, job.due);
  const Archive::Look& look = errand->look;
  const auto next = next_look_after(look);
  const bool has_rest_settled =
      job.lane == store::Lane::kSettle && look.same_details && look.complete;
  if (next && !has_rest_settled) {
    parts_.endings.conclude(errand, [&] {
      parts_.gate.passed();
      store::Jobs(parts_.database).settle(job, holder_, *look.since, *next);
    });
    return log::warning("its streams are to be asked for again at " + to_rfc3339_seconds(*next) +
                        ": " + failure.detail + describe(job));
  }
  store::Transaction transaction(parts_.database);
  if (is_to_settle(look)) parts_.archive.settled(job);
  parts_.endings.failed(errand, failure);
  transaction.commit();
}

void Looks::keep_streams(const ErrandInHand& errand, const strava::ApiClient::Streams& streams) {
  parts_.endings.conclude(errand, [&] {
    parts_.gate.passed();
    if (is_activity_unkept(errand->job)) {
      return store::Jobs(parts_.database).release(errand->job, holder_, errand->job.due);
    }
    parts_.archive.keep_streams(errand->job, streams, errand->look);
    finish_or_settle(*errand);
  });
}

/// Whether the store refused at last what the answer before had brought, as it does on a disk that
/// is full: the job is then what it was before that answer.
bool Looks::is_activity_unkept(const store::Job& job) const {
  const auto stored = store::Jobs(parts_.database).find(job.wish, job.object_id, job.athlete_id);
  return stored && stored->revision == job.revision &&
         stored->remaining == store::Remaining::kEverything;
}

/// An activity has settled when two looks at it saw the same, and nothing is missing; or when the
/// last look is over.
void Looks::finish_or_settle(const Errand& errand) {
  const store::Job& job = errand.job;
  const Archive::Look& look = errand.look;
  store::Jobs jobs(parts_.database);
  const bool has_settled =
      job.lane == store::Lane::kSettle && look.same_details && look.same_streams && look.complete;
  const auto next = next_look_after(look);
  if (next && !has_settled) return jobs.settle(job, holder_, *look.since, *next);
  jobs.finish(job, holder_);
  parts_.archive.note_what_is_missing(job, look);
  if (is_to_settle(look)) parts_.archive.settled(job);
}

bool Looks::is_to_settle(const Archive::Look& look) const {
  return look.since && settings_.settle;
}

/// Nothing if that was the last one, or none is due at all.
std::optional<Timestamp> Looks::next_look_after(const Archive::Look& look) const {
  return is_to_settle(look) ? next_look(*look.since, parts_.clock.now()) : std::nullopt;
}

void Looks::not_found(const ErrandInHand& errand, const strava::Failure& failure) {
  const store::Job& job = errand->job;
  const Timestamp now = parts_.clock.now();
  // It may have been stored while another than its athlete was asked, of whose Strava's 404 says
  // nothing.
  const auto stored = store::Activities(parts_.database).find(activity_of(job));
  if (stored && stored->athlete_id != job.athlete_id) {
    parts_.gate.passed();
    return end_as_wrong_owner(errand);
  }
  // Together with the event that announced it an answer without words is enough.
  if (job.wish == store::Wish::kRemove) {
    parts_.gate.passed();
    return remove(errand);
  }
  const bool is_of_backfill = job.lane == store::Lane::kBackfill;
  if ((stored || is_of_backfill) && !failure.is_named) {
    return parts_.endings.failed(errand,
                                 {FailureKind::kLater, failure.detail, std::nullopt, false});
  }
  parts_.gate.passed();
  if (stored) return not_found_any_more(errand, *stored);
  const bool was_deleted = store::Events(parts_.database)
                               .deletion_known(activity_of(job), job.athlete_id, job.event_time);
  if (was_deleted) return finish_since(errand, "deleted before it was fetched");
  if (is_of_backfill) {
    // What Strava has just listed speaks against a single 404.
    if (job.last_error == kListedOnly) return finish_since(errand, "deleted since it was listed");
    return parts_.endings.try_again(errand, now + kLookAgainAtListed, kListedOnly);
  }
  if (now - job.event_time < kVisibleWithin) {
    return parts_.endings.not_visible(errand, "Strava does not show it yet");
  }
  parts_.endings.bury(errand, failure.detail);
}

/// That its athlete's token gets a 404 is the proof by which a deletion is carried out; that nobody
/// announced it, or the announcement was lost, makes it no weaker. Only of a new activity Strava
/// may know at one moment and not at the next.
void Looks::not_found_any_more(const ErrandInHand& errand, const store::StoredActivity& stored) {
  const store::Job& job = errand->job;
  const Timestamp now = parts_.clock.now();
  store::Events events(parts_.database);
  if (stored.undeleted) {
    return finish_since(errand, "Strava does not show what a person brought back; it was kept");
  }
  const auto an_hour_ago = std::chrono::floor<std::chrono::seconds>(now - kVisibleWithin);
  const bool is_new = (job.settling_since && *job.settling_since > an_hour_ago) ||
                      events.creation_known(activity_of(job), job.athlete_id, an_hour_ago);
  if (is_new && !events.deletion_known(activity_of(job), job.athlete_id, job.event_time)) {
    return parts_.endings.not_visible(errand, "Strava does not show it any more, though it is new");
  }
  remove(errand);
}

/// The activity came to be stored after the event on it, as Strava showed it to its own athlete:
/// who is named by the event is not, so that it was wrong, or forged.
void Looks::end_as_wrong_owner(const ErrandInHand& errand) {
  const store::Job& job = errand->job;
  parts_.endings.conclude(errand, [&] {
    if (job.wish == store::Wish::kRemove) {
      store::Counters(parts_.database).add(store::counter::kSuspiciousDelete, parts_.clock.now());
    }
    store::Jobs(parts_.database).finish(job, holder_);
  });
  log::warning("an event named another athlete than the activity's own; nothing came of it" +
               describe(job));
}

/// By Strava's word. Of one that is stored that is no word to go by: its own athlete was asked. Nor
/// where no event may be wrong about the owner, lest two athletes are asked in turn for ever.
void Looks::strava_names_another(const ErrandInHand& errand, event::AthleteId owner) {
  const store::Job& job = errand->job;
  parts_.gate.passed();
  const bool is_stored = store::Activities(parts_.database).owner_of(activity_of(job)).has_value();
  const bool may_event_be_wrong = store::is_of_event(job) && !is_stored;
  if (!may_event_be_wrong || !store::Athletes(parts_.database).find(owner)) {
    return parts_.endings.bury(errand, "the activity is not the athlete's whom the event names");
  }
  parts_.endings.conclude(errand, [&] {
    store::Jobs jobs(parts_.database);
    jobs.finish(job, holder_);
    // Behind all that the owner's own events lead to.
    jobs.add_or_replace_dead(
        {store::Lane::kReconcile, job.wish, job.object_id, owner, job.event_time, job.with_streams},
        parts_.clock.now());
  });
  log::warning("an event names another athlete than Strava, who is asked instead" + describe(job));
}

void Looks::finish_since(const ErrandInHand& errand, const std::string& why) {
  parts_.endings.finish(errand);
  log::info(why + describe(errand->job));
}

void Looks::remove(const ErrandInHand& errand) {
  parts_.endings.conclude(errand, [&] {
    parts_.archive.remove(errand->job);
    store::Jobs(parts_.database).finish(errand->job, holder_);
  });
  log::info("removed" + describe(errand->job));
}

}  // namespace hookspool::fetcher
