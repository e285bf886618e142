#include "ctl/new_tokens.h"

#include <json/value.h>

#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "ctl/id_text.h"
#include "ctl/refusal.h"
#include "strava/printable_text.h"
#include "strava/scope.h"

namespace hookspool::ctl {
namespace {

/// None where it is not known what was granted.
std::vector<std::string> missing_scopes(const store::Athlete& athlete) {
  if (athlete.scope.empty()) return {};
  return strava::missing_scopes(athlete.scope);
}

void warn_of_missing_scopes(const store::Athlete& athlete) {
  for (const std::string& name : missing_scopes(athlete)) {
    const std::string consequence =
        name == "activity:read" ? "Strava sends no events of this athlete's activities"
                                : "activities that only the athlete may see are missing, and one "
                                  "that is made private looks deleted";
    log::warning("athlete " + text_of(athlete.id) + " did not grant " + name + ": " + consequence +
                 "; let the athlete authorize again with that box ticked");
  }
}

}  // namespace

strava::Tokens accepted(const std::string& what, strava::Result<strava::Tokens> result) {
  const strava::Failure* failure = strava::failure_of(result);
  const bool refused = failure != nullptr && (failure->kind == strava::FailureKind::kNever ||
                                              failure->kind == strava::FailureKind::kStopAthlete);
  if (refused) throw Error(ExitCode::kBadData, "cannot use the " + what + ": " + failure->detail);
  return required("trade the " + what + " for tokens", std::move(result));
}

strava::Tokens trade_code(strava::HttpTransport& transport, strava::OAuthClient& oauth,
                          const Secret& code) {
  using Result = strava::Result<strava::Tokens>;
  return accepted("authorization code", strava::wait_for<Result>(transport, [&](auto done) {
                    oauth.exchange_code(code, done);
                  }));
}

void report_new_tokens(Output& output, const store::Athlete& athlete, bool known_before) {
  warn_of_missing_scopes(athlete);
  if (output.json()) {
    Json::Value value;
    value["id"] = json_of(athlete.id);
    value["scope"] = athlete.scope;
    value["known_before"] = known_before;
    value["missing_scopes"] = Json::Value(Json::arrayValue);
    for (const auto& name : missing_scopes(athlete)) value["missing_scopes"].append(name);
    return output.print(value);
  }
  output.print("athlete " + text_of(athlete.id) + (known_before ? " has new tokens" : " added") +
               (athlete.scope.empty() ? "" : ", scope " + strava::printable(athlete.scope)));
}

}  // namespace hookspool::ctl
