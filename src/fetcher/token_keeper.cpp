#include "fetcher/token_keeper.h"

#include <optional>
#include <utility>

#include "base/log.h"

namespace hookspool::fetcher {
namespace {

using std::chrono::seconds;

/// A token is used within seconds of being handed out. Strava answers a refresh with the same token
/// while it has more than an hour left, so that asking earlier would gain nothing.
constexpr seconds kMustLast = std::chrono::minutes(5);

/// Longer than a request can take, so that a lease ends only with its holder.
constexpr seconds kRefreshLease{60};

/// When to look again whether another process has refreshed.
constexpr seconds kLookAgain{2};

std::string name(event::AthleteId athlete) {
  return std::to_string(static_cast<std::int64_t>(athlete));
}

strava::Failure unknown_athlete(event::AthleteId athlete) {
  return {strava::FailureKind::kStopAthlete,
          "athlete " + name(athlete) + " has not been added; run hookspoolctl athlete add",
          std::nullopt};
}

}  // namespace

TokenKeeper::TokenKeeper(store::Database& database, strava::OAuthClient& oauth, const Clock& clock,
                         std::string holder)
    : database_(database), oauth_(oauth), clock_(clock), holder_(std::move(holder)) {}

void TokenKeeper::access_token(event::AthleteId id, Completion completion) {
  commit_left_over(id);
  const std::optional<store::Athlete> athlete = store::Athletes(database_).find(id);
  if (!athlete) return completion(unknown_athlete(id));
  if (!athlete->access_token.empty() && athlete->access_expires_at > clock_.now() + kMustLast) {
    return completion(athlete->access_token);
  }
  refresh(*athlete, std::move(completion));
}

void TokenKeeper::fresh_token(event::AthleteId id, const Secret& rejected, Completion completion) {
  commit_left_over(id);
  const std::optional<store::Athlete> athlete = store::Athletes(database_).find(id);
  if (!athlete) return completion(unknown_athlete(id));
  // Somebody else may have refreshed since the token was handed out.
  if (!rejected.empty() && athlete->access_token.reveal() != rejected.reveal()) {
    return completion(athlete->access_token);
  }
  refresh(*athlete, std::move(completion));
}

void TokenKeeper::refresh(const store::Athlete& athlete, Completion completion) {
  auto& waiting = waiting_[athlete.id];
  const bool under_way = !waiting.empty();
  waiting.push_back(std::move(completion));
  if (under_way) return;

  const Timestamp now = clock_.now();
  store::Athletes athletes(database_);
  if (!athletes.lease_refresh(athlete.id, holder_, now, now + kRefreshLease)) {
    return refreshed(athlete.id, strava::Failure{strava::FailureKind::kLater,
                                                 "another process is refreshing the token of "
                                                 "athlete " +
                                                     name(athlete.id),
                                                 now + kLookAgain});
  }
  // It may have been refreshed between our look and the lease.
  const std::optional<store::Athlete> current = athletes.find(athlete.id);
  const Secret& token = current ? current->refresh_token : athlete.refresh_token;
  oauth_.refresh(token, [this, id = athlete.id](const strava::Result<strava::Tokens>& result) {
    refreshed(id, result);
  });
}

void TokenKeeper::refreshed(event::AthleteId athlete,
                            const strava::Result<strava::Tokens>& result) {
  strava::Result<Secret> outcome;
  if (const strava::Failure* failure = strava::failure_of(result)) {
    outcome = *failure;
  } else {
    outcome = commit(athlete, std::get<strava::Tokens>(result));
  }
  const std::vector<Completion> completions = std::exchange(waiting_[athlete], {});
  try {
    store::Athletes(database_).release_refresh(athlete, holder_);
  } catch (const store::StoreError& error) {
    // The lease runs out by itself.
    log::warning(error.what());
  }
  for (const Completion& completion : completions) completion(outcome);
}

strava::Result<Secret> TokenKeeper::commit(event::AthleteId athlete, const strava::Tokens& tokens) {
  try {
    store::Athletes(database_).store_tokens(athlete, tokens.refresh_token, tokens.access_token,
                                            tokens.expires_at, tokens.scope);
    uncommitted_.erase(athlete);
    return tokens.access_token;
  } catch (const store::StoreError& error) {
    uncommitted_[athlete] = tokens;
    return strava::Failure{strava::FailureKind::kLater,
                           std::string("the new tokens cannot be kept yet: ") + error.what(),
                           std::nullopt};
  }
}

void TokenKeeper::commit_left_over(event::AthleteId athlete) {
  const auto left_over = uncommitted_.find(athlete);
  if (left_over == uncommitted_.end()) return;
  const strava::Tokens tokens = left_over->second;
  commit(athlete, tokens);
}

}  // namespace hookspool::fetcher
