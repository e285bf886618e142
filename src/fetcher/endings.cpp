#include "fetcher/endings.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "fetcher/describe.h"
#include "store/athletes.h"
#include "store/jobs.h"

namespace hookspool::fetcher {
namespace {

using strava::FailureKind;

/// An inactive application and wrong credentials are mended by a person; one look in a quarter of
/// an hour finds out soon enough.
constexpr std::chrono::seconds kLookAgainAtApplication = std::chrono::minutes(15);

/// Only if a 429 does not say when.
constexpr std::chrono::seconds kRateWindow = std::chrono::minutes(15);

strava::Failure later(const std::string& detail) {
  return {FailureKind::kLater, detail, std::nullopt};
}

}  // namespace

Endings::Endings(const Parts& parts, std::chrono::seconds retry_for, std::string holder,
                 Random random)
    : parts_(parts),
      retry_for_(retry_for),
      holder_(std::move(holder)),
      random_(std::move(random)) {}

void Endings::settle_account(Errand& errand) {
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

void Endings::finish(const ErrandInHand& errand) {
  conclude(errand, [&] { store::Jobs(parts_.database).finish(errand->job, holder_); });
}

void Endings::failed(const ErrandInHand& errand, const strava::Failure& failure) {
  const store::Job& job = errand->job;
  const Timestamp now = parts_.clock.now();
  switch (failure.kind) {
    case FailureKind::kNotAsked:
      // Whether what it has paid was stored is not known. So it has: that errs on the safe side.
      errand->ticket.reset();
      return release(errand, job.due);
    case FailureKind::kLater: {
      const Timestamp due = now + backoff_after(job.attempts, random_());
      parts_.gate.failed(job.id, failure.detail);
      return try_again(errand, std::max(due, failure.retry_at.value_or(due)), failure.detail);
    }
    case FailureKind::kRateLimited: {
      const strava::RateLimits heard = errand->heard;
      parts_.gate.close(Gate::Reason::kRateLimit, kRateLimitIsUsedUp,
                        failure.retry_at.value_or(now + kRateWindow));
      release(errand, job.due);
      parts_.budget.refused(heard);
      // Not with what else ends in this moment, lest that is lost and Strava asked again.
      return parts_.database.flush();
    }
    case FailureKind::kStopApplication:
      parts_.gate.close(Gate::Reason::kApplication, failure.detail, now + kLookAgainAtApplication);
      return release(errand, job.due);
    case FailureKind::kInvalidAccessToken:
      // Whoever stands before Strava may have said it, and a person would have to authorize again.
      if (!failure.is_named) return failed(errand, later(failure.detail));
      [[fallthrough]];
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

void Endings::not_visible(const ErrandInHand& errand, const std::string& why) {
  const Timestamp now = parts_.clock.now();
  const Timestamp first_look = errand->job.first_failed.value_or(now);
  const auto since = std::chrono::floor<std::chrono::seconds>(now - first_look);
  try_again(errand, now + backoff_until_visible(since), why);
}

void Endings::try_again(const ErrandInHand& errand, Timestamp due, const std::string& why) {
  const store::Job& job = errand->job;
  const Timestamp now = parts_.clock.now();
  if (job.first_failed && now - *job.first_failed >= retry_for_) {
    return bury(errand, why + ", after " + std::to_string(job.attempts + 1) + " attempts");
  }
  conclude(errand, [&] { store::Jobs(parts_.database).postpone(job, holder_, due, now, why); });
  log::info("tried again at " + to_rfc3339_seconds(due) + ": " + why + describe(job));
}

void Endings::bury(const ErrandInHand& errand, const std::string& why) {
  conclude(errand, [&] { store::Jobs(parts_.database).bury(errand->job, holder_, why); });
  log::warning("given up: " + why + describe(errand->job));
}

void Endings::release(const ErrandInHand& errand, Timestamp due) {
  conclude(errand, [&] { store::Jobs(parts_.database).release(errand->job, holder_, due); });
}

}  // namespace hookspool::fetcher
