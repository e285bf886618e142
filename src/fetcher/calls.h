#pragma once

#include <functional>
#include <utility>
#include <variant>

#include "base/secret.h"
#include "fetcher/budget.h"
#include "fetcher/endings.h"
#include "fetcher/errand.h"
#include "fetcher/gate.h"
#include "fetcher/token_keeper.h"
#include "strava/api_client.h"
#include "strava/outcome.h"

namespace hookspool::fetcher {

/// The calls of errands: each with a token of its athlete, which is replaced once if Strava does
/// not accept it, and only while the gate is open and the budget can pay. An errand that gets no
/// call ends here.
class Calls {
 public:
  /// Begins one of the API's calls.
  template <typename T>
  using Call =
      std::function<void(const strava::ApiClient::Caller&, strava::ApiClient::Completion<T>)>;
  /// Goes on with its answer.
  template <typename T>
  using Answered = std::function<void(const strava::Result<T>&)>;

  /// All must outlive this; no answer may arrive when this is gone.
  Calls(TokenKeeper& tokens, Gate& gate, Budget& budget, Endings& endings);
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  /// For the errand's athlete.
  template <typename T>
  void ask(const ErrandInHand& errand, Call<T> call, Answered<T> answered);

  // For an errand that has a token already, or should have.

  /// Whether it may make a call now, which it has paid for then. Another job may have met a limit
  /// while this one waited for its token.
  bool may_call(const ErrandInHand& errand);
  /// For the call that is sent now.
  static strava::ApiClient::Caller caller_of(const ErrandInHand& errand, const Secret& token);
  /// Ends the errand for which the token keeper had no token.
  void without_token(const ErrandInHand& errand, const TokenKeeper::Outcome& outcome);

 private:
  template <typename T>
  void call_with_token(const ErrandInHand& errand, const TokenKeeper::Outcome& outcome,
                       const Call<T>& call, const Answered<T>& answered, bool may_refresh);

  TokenKeeper& tokens_;
  Gate& gate_;
  Budget& budget_;
  Endings& endings_;
};

template <typename T>
void Calls::ask(const ErrandInHand& errand, Call<T> call, Answered<T> answered) {
  tokens_.access_token(errand->job.athlete_id,
                       [this, errand, call = std::move(call),
                        answered = std::move(answered)](const TokenKeeper::Outcome& outcome) {
                         call_with_token<T>(errand, outcome, call, answered, /*may_refresh=*/true);
                       });
}

template <typename T>
void Calls::call_with_token(const ErrandInHand& errand, const TokenKeeper::Outcome& outcome,
                            const Call<T>& call, const Answered<T>& answered, bool may_refresh) {
  const auto* token = std::get_if<Secret>(&outcome);
  if (token == nullptr) return without_token(errand, outcome);
  if (!may_call(errand)) return endings_.release(errand, errand->job.due);
  call(caller_of(errand, *token), [this, errand, call, answered, may_refresh,
                                   used = *token](const strava::Result<T>& result) {
    const strava::Failure* failure = strava::failure_of(result);
    const bool rejected =
        failure != nullptr && failure->kind == strava::FailureKind::kInvalidAccessToken;
    if (!rejected || !may_refresh) return answered(result);
    endings_.settle_account(*errand);
    tokens_.replace_token(errand->job.athlete_id, used,
                          [this, errand, call, answered](const TokenKeeper::Outcome& replaced) {
                            call_with_token<T>(errand, replaced, call, answered,
                                               /*may_refresh=*/false);
                          });
  });
}

}  // namespace hookspool::fetcher
