#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "ctl/context.h"
#include "event/event.h"
#include "strava/outcome.h"

namespace hookspool::ctl {

/// Asks Strava whose access token that is, and so whether it is accepted. The request is paid from
/// the budget that the fetchers on this store share, as each of theirs: a failure of kind
/// kRateLimited says that it was not sent, since Strava is not to be asked now, or that Strava
/// refused it, which the fetchers then heed, too.
/// \throws Error  also StoreError: it was not asked
strava::Result<event::AthleteId> ask_whose(Context& context,
                                           const std::vector<std::string>& api_urls,
                                           const Secret& access_token);

}  // namespace hookspool::ctl
