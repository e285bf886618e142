#include "fetcher/token_keeper.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "base/log.h"
#include "fetcher/describe.h"
#include "fetcher/lease_times.h"

namespace hookspool::fetcher {
namespace {

using std::chrono::seconds;

/// A token is used within seconds of being handed out. Strava answers a refresh with the same token
/// while it has more than an hour left, so that asking earlier would gain nothing.
constexpr seconds kMustLast = std::chrono::minutes(5);

/// When to look again whether another process has refreshed, or the store takes the new tokens.
constexpr seconds kLookAgain{2};

strava::Failure unknown_athlete(event::AthleteId athlete) {
  return {strava::FailureKind::kStopAthlete,
          "athlete " + std::to_string(static_cast<std::int64_t>(athlete)) +
              " has not been added; run hookspoolctl authorize",
          std::nullopt};
}

}  // namespace

TokenKeeper::TokenKeeper(store::Database& database, strava::OAuthClient& oauth, const Clock& clock,
                         std::string holder)
    : database_(database), oauth_(oauth), clock_(clock), holder_(std::move(holder)) {}

void TokenKeeper::keep_left_over() {
  std::vector<event::AthleteId> athletes;
  for (const auto& [athlete, uncommitted] : uncommitted_) athletes.push_back(athlete);
  // Each refusal may have taken a while.
  for (const event::AthleteId athlete : athletes) {
    if (!commit_left_over(athlete)) return;
  }
}

bool TokenKeeper::awaits_other() const {
  const auto left = awaits_other_until_ - clock_.now();
  const bool was_set_back = left > kLookAgain;
  return left > left.zero() && !was_set_back;
}

void TokenKeeper::withdraw() {
  for (auto& [athlete, refresh] : refreshes_) {
    std::move(refresh.waiting.begin(), refresh.waiting.end(), std::back_inserter(withdrawn_));
    refresh.waiting.clear();
  }
}

void TokenKeeper::end_withdrawn() {
  while (!withdrawn_.empty()) {
    const Completion completion = std::move(withdrawn_.front());
    withdrawn_.pop_front();
    completion(strava::Failure{strava::FailureKind::kNotAsked, "the store refused meanwhile",
                               std::nullopt});
  }
}

void TokenKeeper::close() {
  closed_ = true;
  for (auto& [athlete, refresh] : refreshes_) refresh.waiting.clear();
}

bool TokenKeeper::give_up() const {
  for (const auto& [athlete, uncommitted] : uncommitted_) {
    log::error("hookspoolctl authorize is needed again: the new tokens cannot be kept: " +
               uncommitted.why + describe(athlete));
  }
  for (const auto& [athlete, refresh] : refreshes_) {
    log::error(
        "hookspoolctl authorize is needed again if Strava has rotated the refresh token: the "
        "answer was not waited for any longer" +
        describe(athlete));
  }
  return uncommitted_.empty() && refreshes_.empty();
}

void TokenKeeper::access_token(event::AthleteId athlete, Completion completion) {
  const auto lasts = [this](const store::Athlete& stored) {
    return !stored.access_token.empty() && stored.access_expires_at > clock_.now() + kMustLast;
  };
  hand_out(athlete, lasts, std::move(completion));
}

void TokenKeeper::replace_token(event::AthleteId athlete, const Secret& rejected,
                                Completion completion) {
  const auto is_another = [rejected](const store::Athlete& stored) {
    return !stored.access_token.empty() && stored.access_token.reveal() != rejected.reveal();
  };
  hand_out(athlete, is_another, std::move(completion));
}

void TokenKeeper::verify_grant(event::AthleteId athlete, Completion completion) {
  const auto never = [](const store::Athlete&) { return false; };
  hand_out(athlete, never, std::move(completion));
}

void TokenKeeper::hand_out(event::AthleteId id, const Suits& suits, Completion completion) {
  if (closed_) return completion(NotYet{clock_.now()});
  // The token that is stored is dead by now.
  if (!commit_left_over(id)) return completion(NotYet{clock_.now() + kLookAgain});
  const std::optional<store::Athlete> athlete = store::Athletes(database_).find(id);
  if (!athlete) return completion(unknown_athlete(id));
  if (suits(*athlete)) return completion(athlete->access_token);
  if (const auto under_way = refreshes_.find(id); under_way != refreshes_.end()) {
    under_way->second.waiting.push_back(std::move(completion));
    return;
  }
  refresh(id, suits, std::move(completion));
}

void TokenKeeper::refresh(event::AthleteId id, const Suits& suits, Completion completion) {
  store::Athletes athletes(database_);
  const Timestamp now = clock_.now();
  if (!athletes.lease_refresh(id, holder_, now, now + kRefreshLease)) {
    awaits_other_until_ = now + kLookAgain;
    return completion(NotYet{awaits_other_until_});
  }
  // Another process may have refreshed, or removed the athlete, between our look and the lease.
  const std::optional<store::Athlete> athlete = athletes.find(id);
  if (!athlete) return completion(unknown_athlete(id));
  if (suits(*athlete)) {
    end_lease(id);
    return completion(athlete->access_token);
  }
  oauth_.refresh(athlete->refresh_token, [this, id](const strava::Result<strava::Tokens>& result) {
    refreshed(id, result);
  });
  refreshes_[id] = {athlete->refresh_token, {std::move(completion)}};
}

void TokenKeeper::refreshed(event::AthleteId athlete,
                            const strava::Result<strava::Tokens>& result) {
  // Out of the map first: a completion may ask for the next refresh.
  Refresh refresh = std::move(refreshes_.extract(athlete).mapped());
  const Outcome outcome = outcome_of(athlete, refresh.used, result);
  if (!uncommitted_.contains(athlete)) end_lease(athlete);
  std::vector<Completion>& waiting = refresh.waiting;
  for (auto next = waiting.begin(); next != waiting.end();) {
    const Completion completion = std::move(*next++);
    try {
      completion(outcome);
    } catch (...) {
      std::move(next, waiting.end(), std::back_inserter(withdrawn_));
      throw;
    }
  }
}

TokenKeeper::Outcome TokenKeeper::outcome_of(event::AthleteId athlete, const Secret& used,
                                             const strava::Result<strava::Tokens>& result) {
  const strava::Failure* failure = strava::failure_of(result);
  if (failure == nullptr) return commit(athlete, used, std::get<strava::Tokens>(result));
  if (failure->kind != strava::FailureKind::kStopAthlete) return *failure;
  // That the old refresh token is dead says nothing of a grant that came while we asked.
  try {
    const auto stored = store::Athletes(database_).find(athlete);
    const bool replaced = stored && stored->refresh_token.reveal() != used.reveal();
    if (replaced) return NotYet{clock_.now()};
  } catch (const store::StoreError& error) {
    log::warning(error.what());
    return NotYet{clock_.now() + kLookAgain};
  }
  return *failure;
}

TokenKeeper::Outcome TokenKeeper::commit(event::AthleteId athlete, const Secret& used,
                                         const strava::Tokens& tokens) {
  try {
    const bool stored = store::Athletes(database_).store_tokens(
        athlete, used,
        {tokens.refresh_token, tokens.access_token, tokens.expires_at, tokens.scope,
         /*are_late=*/uncommitted_.contains(athlete)});
    database_.flush();
    uncommitted_.erase(athlete);
    if (!stored) return NotYet{clock_.now()};
    return tokens.access_token;
  } catch (const store::StoreError& error) {
    if (tokens.refresh_token.reveal() == used.reveal()) {
      // The stored one is as good as ever.
      log::warning(std::string("a new access token cannot be kept, and is used all the same: ") +
                   error.what() + describe(athlete));
      return tokens.access_token;
    }
    const Uncommitted uncommitted{used, tokens, error.what()};
    if (uncommitted_.insert_or_assign(athlete, uncommitted).second) {
      log::warning("the new tokens cannot be kept, which is tried again: " + uncommitted.why +
                   describe(athlete));
    }
    return NotYet{clock_.now() + kLookAgain};
  }
}

/// False if there is something left over still.
bool TokenKeeper::commit_left_over(event::AthleteId athlete) {
  const auto left_over = uncommitted_.find(athlete);
  if (left_over == uncommitted_.end()) return true;
  const Uncommitted uncommitted = left_over->second;
  commit(athlete, uncommitted.used, uncommitted.tokens);
  if (uncommitted_.contains(athlete)) return false;
  end_lease(athlete);
  return true;
}

void TokenKeeper::end_lease(event::AthleteId athlete) {
  try {
    store::Athletes(database_).release_refresh(athlete, holder_);
  } catch (const store::StoreError& error) {
    // It runs out by itself, and those who wait for the token can go on.
    log::warning(error.what());
  }
}

}  // namespace hookspool::fetcher
