#include "ctl/token_owner.h"

#include "fetcher/budget.h"
#include "fetcher/gate.h"
#include "store/pause.h"
#include "strava/api_client.h"

namespace hookspool::ctl {
namespace {

/// A person waits for it.
constexpr store::Lane kLane = store::Lane::kFresh;

constexpr const char* kUsedUp = "Strava's rate limit is used up";

strava::Failure not_to_be_asked(const std::string& why, Timestamp until) {
  return {strava::FailureKind::kRateLimited, "Strava was not asked: " + why, until};
}

}  // namespace

strava::Result<event::AthleteId> ask_whose(Context& context,
                                           const std::vector<std::string>& api_urls,
                                           const Secret& access_token) {
  fetcher::Budget budget(context.database(), context.clock(), context.config().fetcher().reserve);
  // Of the other pauses a person wants to know whether what caused them is mended.
  const auto pause = store::Pause(context.database()).find();
  if (pause && pause->kind == store::PauseState::Kind::kRateLimit &&
      pause->until > context.clock().now()) {
    return not_to_be_asked(pause->reason, pause->until);
  }
  const auto ticket = budget.take_if_payable(kLane);
  if (!ticket) return not_to_be_asked(kUsedUp, budget.payable_at(kLane));
  strava::ApiClient api(context.transport(), context.clock(), api_urls);
  strava::RateLimits heard;
  const auto note = [&heard](const strava::RateLimits& limits) { heard = limits; };
  const auto result =
      strava::wait_for<strava::Result<event::AthleteId>>(context.transport(), [&](auto done) {
        api.get_athlete({access_token, note}, done);
      });
  budget.answered(*ticket, heard);
  const strava::Failure* failure = strava::failure_of(result);
  if (failure != nullptr && failure->kind == strava::FailureKind::kRateLimited) {
    budget.refused(heard);
    fetcher::Gate(context.database(), context.clock())
        .close(fetcher::Gate::Reason::kRateLimit, kUsedUp,
               failure->retry_at.value_or(budget.payable_at(kLane)));
  }
  return result;
}

}  // namespace hookspool::ctl
