#include "fetcher/calls.h"

namespace hookspool::fetcher {

Calls::Calls(TokenKeeper& tokens, Gate& gate, Budget& budget, Endings& endings)
    : tokens_(tokens), gate_(gate), budget_(budget), endings_(endings) {}

bool Calls::may_call(const ErrandInHand& errand) {
  if (gate_.is_closed()) return false;
  if (!errand->ticket) errand->ticket = budget_.take_if_payable(errand->job.lane);
  return errand->ticket.has_value();
}

strava::ApiClient::Caller Calls::caller_of(const ErrandInHand& errand, const Secret& token) {
  errand->was_sent = true;
  return {token, [errand](const strava::RateLimits& limits) { errand->heard = limits; }};
}

void Calls::without_token(const ErrandInHand& errand, const TokenKeeper::Outcome& outcome) {
  if (const auto* not_yet = std::get_if<TokenKeeper::NotYet>(&outcome)) {
    return endings_.release(errand, not_yet->look_again);
  }
  endings_.failed(errand, std::get<strava::Failure>(outcome));
}

}  // namespace hookspool::fetcher
