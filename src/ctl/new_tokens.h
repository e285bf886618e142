#pragma once

#include <string>

#include "base/secret.h"
#include "ctl/output.h"
#include "store/athletes.h"
#include "strava/oauth_client.h"
#include "strava/outcome.h"

namespace hookspool::ctl {

/// The tokens that `what` ("authorization code", "refresh token") was traded for.
/// \throws Error  Strava refused it: a fault of the input (kBadData), whatever it would be for the
///                fetcher; or refusal() of anything else
strava::Tokens accepted(const std::string& what, strava::Result<strava::Tokens> result);

/// Trades an authorization code. \throws Error  as accepted()
strava::Tokens trade_code(strava::HttpTransport& transport, strava::OAuthClient& oauth,
                          const Secret& code);

/// Tells the person what became of an athlete who has new tokens, and warns of scopes that were not
/// granted.
void report_new_tokens(Output& output, const store::Athlete& athlete, bool known_before);

}  // namespace hookspool::ctl
