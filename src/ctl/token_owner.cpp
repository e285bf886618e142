#include "ctl/token_owner.h"

#include "base/log.h"
#include "fetcher/budget.h"
#include "fetcher/gate.h"
#include "store/pause.h"
#include "strava/api_client.h"

namespace hookspool::ctl {
namespace {

/// A person waits for it.
constexpr store::Lane kLane = store::Lane::kFresh;

strava::Failure not_to_be_asked(const std::string& why, Timestamp until) {
  return {strava::FailureKind::kRateLimited, "Strava was not asked: " + why, until};
}

void note(Context& context, fetcher::Budget& budget, const fetcher::Budget::Ticket& ticket,
          const strava::RateLimits& heard, const strava::Failure* failure) {
  budget.answered(ticket, heard);
  if (failure == nullptr || failure->kind != strava::FailureKind::kRateLimited) return;
  budget.refused(heard);
  fetcher::Gate(context.database(), context.clock())
      .close(fetcher::Gate::Reason::kRateLimit, fetcher::kRateLimitIsUsedUp,
             failure->retry_at.value_or(budget.payable_at(kLane)));
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
  if (!ticket) return not_to_be_asked(fetcher::kRateLimitIsUsedUp, budget.payable_at(kLane));
  strava::ApiClient api(context.transport(), context.clock(), api_urls);
  strava::RateLimits heard;
  const auto hear = [&heard](const strava::RateLimits& limits) { heard = limits; };
  const auto result =
      strava::wait_for<strava::Result<event::AthleteId>>(context.transport(), [&](auto done) {
        api.get_athlete({access_token, hear}, done);
      });
  try {
    note(context, budget, *ticket, heard, strava::failure_of(result));
  } catch (const store::StoreError& error) {
    // The request stays counted, which is enough; what Strava said is worth more.
    log::warning(error.what());
  }
  return result;
}

}  // namespace hookspool::ctl
