#include "fetcher/authorizer.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "base/log.h"
#include "fetcher/describe.h"
#include "fetcher/lease_times.h"
#include "store/athletes.h"

namespace hookspool::fetcher {
namespace {

using strava::FailureKind;

constexpr std::chrono::seconds kBetweenTries{15};
/// Nobody waits longer, and Strava's codes do not last; how long is not documented.
constexpr std::chrono::minutes kPatience{10};

}  // namespace

Authorizer::Authorizer(store::Database& database, strava::OAuthClient& oauth, const Clock& clock,
                       std::string holder)
    : database_(database), oauth_(oauth), clock_(clock), holder_(std::move(holder)) {}

void Authorizer::begin_due() {
  const Timestamp now = clock_.now();
  // Mostly there is none, and to claim it would take the store's write lock.
  const auto due = next_due();
  if (!due || *due > now) return;
  const auto waiting = store::Authorizations(database_).claim(holder_, now, now + kTradeLease);
  if (!waiting) return;
  // Reset however the trade ends, by an exception too.
  *in_progress_ = true;
  const std::shared_ptr<void> in_hand(nullptr, [flag = in_progress_](void*) { *flag = false; });
  oauth_.exchange_code(waiting->code, [this, waiting = *waiting, in_hand](const auto& result) {
    traded(waiting, result);
  });
}

std::optional<Timestamp> Authorizer::next_due() {
  if (*in_progress_ || left_over_) return std::nullopt;
  return store::Authorizations(database_).next_due();
}

void Authorizer::keep_left_over() {
  if (!left_over_) return;
  try {
    keep(left_over_->waiting, left_over_->tokens);
    left_over_.reset();
  } catch (const store::StoreError& error) {
    if (left_over_->why.empty()) {
      log::warning(std::string("the first tokens cannot be kept, which is tried again: ") +
                   error.what() + describe(left_over_->tokens.athlete_id));
    }
    left_over_->why = error.what();
  }
}

bool Authorizer::give_up() const {
  if (*in_progress_) {
    log::error(
        "hookspoolctl authorize is needed again if Strava has taken an authorization's code: the "
        "answer was not waited for any longer");
  }
  if (left_over_) {
    log::error("hookspoolctl authorize is needed again: the first tokens cannot be kept: " +
               left_over_->why + describe(left_over_->tokens.athlete_id));
  }
  return !*in_progress_ && !left_over_;
}

void Authorizer::traded(const store::Authorizations::Waiting& waiting,
                        const strava::Result<strava::Tokens>& result) {
  if (const strava::Failure* failure = strava::failure_of(result)) return failed(waiting, *failure);
  left_over_ = {waiting, std::get<strava::Tokens>(result), ""};
  keep_left_over();
}

void Authorizer::keep(const store::Authorizations::Waiting& waiting, const strava::Tokens& tokens) {
  store::Authorizations authorizations(database_);
  if (!tokens.athlete_id) {
    const std::string complaint = "Strava gave tokens, but did not say for which athlete";
    authorizations.end(waiting.state, {std::nullopt, complaint});
    return log::error("an authorization failed: " + complaint);
  }
  const store::Athlete athlete{*tokens.athlete_id,
                               tokens.refresh_token,
                               tokens.access_token,
                               tokens.expires_at,
                               tokens.scope.value_or(waiting.scope),
                               std::nullopt};
  store::Transaction transaction(database_);
  store::Athletes(database_).put(athlete, clock_.now());
  authorizations.end(waiting.state, {athlete.id, ""});
  transaction.commit();
  database_.flush();
  log::info("an athlete authorized us" + describe(athlete.id));
}

void Authorizer::failed(const store::Authorizations::Waiting& waiting,
                        const strava::Failure& failure) {
  const Timestamp now = clock_.now();
  if (failure.kind == FailureKind::kNotAsked) {
    return store::Authorizations(database_).postpone(waiting.state, now);
  }
  const bool may_pass =
      failure.kind == FailureKind::kLater || failure.kind == FailureKind::kRateLimited;
  const Timestamp due = std::max(now + kBetweenTries, failure.retry_at.value_or(now));
  if (may_pass && due < waiting.received + kPatience) {
    store::Authorizations(database_).postpone(waiting.state, due);
    return log::info("an authorization is tried again at " + to_rfc3339_seconds(due) + ": " +
                     failure.detail);
  }
  store::Authorizations(database_).end(waiting.state, {std::nullopt, failure.detail});
  log::error("an authorization failed: " + failure.detail);
}

}  // namespace hookspool::fetcher
