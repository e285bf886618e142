// hookspoolctl athlete: add

#include <json/value.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "ctl/commands.h"
#include "ctl/id_text.h"
#include "ctl/refusal.h"
#include "ctl/secret_input.h"
#include "ctl/unclaimed_token.h"
#include "store/athletes.h"
#include "strava/api_client.h"
#include "strava/oauth_client.h"
#include "strava/printable_text.h"
#include "strava/scope.h"

namespace hookspool::ctl {
namespace {

using strava::Result;
using strava::Tokens;

/// Where the secret comes from that is traded for tokens.
struct Source {
  bool code = false;  ///< an authorization code rather than a refresh token
  std::string code_file;
  std::string refresh_token_file;

  bool is_code() const { return code || !code_file.empty(); }
};

/// A refusal of what was entered is a fault of the input, whatever it would be for the fetcher.
Tokens accepted(const std::string& what, Result<Tokens> result) {
  const strava::Failure* failure = strava::failure_of(result);
  const bool refused = failure != nullptr && (failure->kind == strava::FailureKind::kNever ||
                                              failure->kind == strava::FailureKind::kStopAthlete);
  if (refused) throw Error(ExitCode::kBadData, "cannot use the " + what + ": " + failure->detail);
  return required("trade the " + what + " for tokens", std::move(result));
}

Tokens exchange_code(strava::HttpTransport& transport, strava::OAuthClient& oauth,
                     const Secret& code) {
  return accepted("authorization code", strava::wait_for<Result<Tokens>>(transport, [&](auto done) {
                    oauth.exchange_code(code, done);
                  }));
}

Tokens refresh(strava::HttpTransport& transport, strava::OAuthClient& oauth, const Secret& token) {
  return accepted("refresh token", strava::wait_for<Result<Tokens>>(
                                       transport, [&](auto done) { oauth.refresh(token, done); }));
}

event::AthleteId ask_whose(Context& context, const std::string& api_url, const Tokens& tokens,
                           const UnclaimedToken& unclaimed) {
  strava::ApiClient api(context.transport(), context.clock(), api_url);
  const auto result = strava::wait_for<Result<event::AthleteId>>(
      context.transport(), [&](auto done) { api.get_athlete(tokens.access_token, done); });
  if (const strava::Failure* failure = strava::failure_of(result)) {
    const Error error = refusal("ask Strava whose token this is", *failure);
    throw Error(error.exit_code(), std::string(error.what()) + "; " + unclaimed.how_to_go_on());
  }
  return std::get<event::AthleteId>(result);
}

/// None where it is not known what was granted.
std::vector<std::string> missing_scopes(const store::Athlete& athlete) {
  if (athlete.scope.empty()) return {};
  return strava::missing_scopes(athlete.scope);
}

void report(Output& output, const store::Athlete& athlete, bool known_before) {
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

void add(Context& context, Output& output, const Source& source) {
  if (source.is_code() && !source.refresh_token_file.empty()) {
    throw Error(ExitCode::kUsage, "give a refresh token or an authorization code, not both");
  }
  const config::StravaConfig strava = context.config().strava();
  // Opened before anything is traded: what Strava gives must have a place.
  store::Athletes athletes(context.database());
  const UnclaimedToken unclaimed(context.database().path().parent_path());
  unclaimed.expect_none_but(source.refresh_token_file);
  strava::OAuthClient oauth(context.transport(), context.clock(), strava);

  Tokens tokens;
  if (source.is_code()) {
    tokens = exchange_code(context.transport(), oauth,
                           read_secret("authorization code", source.code_file));
  } else {
    tokens = refresh(context.transport(), oauth,
                     read_secret("refresh token", source.refresh_token_file));
  }
  if (!tokens.athlete_id) {
    // Committed before the access token is used, as always.
    unclaimed.keep(tokens.refresh_token);
    tokens.athlete_id = ask_whose(context, strava.api_url, tokens, unclaimed);
  }
  const bool known_before = athletes.find(*tokens.athlete_id).has_value();
  const store::Athlete athlete{*tokens.athlete_id, tokens.refresh_token,      tokens.access_token,
                               tokens.expires_at,  tokens.scope.value_or(""), std::nullopt};
  athletes.put(athlete, context.clock().now());
  unclaimed.forget();
  warn_of_missing_scopes(athlete);
  report(output, athlete, known_before);
}

}  // namespace

void declare_athlete(CLI::App& app, CommandLine& line) {
  auto* athlete = app.add_subcommand("athlete", "add an athlete's authorization");
  athlete->require_subcommand(1);
  athlete->footer("Example: hookspoolctl athlete add");
  auto* command = athlete->add_subcommand(
      "add", "add an athlete by a refresh token or an authorization code, or give new tokens");
  const auto source = std::make_shared<Source>();
  command->add_flag("--code", source->code,
                    "what is read is an authorization code, not a refresh token");
  command->add_option("--code-file", source->code_file, "holds the authorization code")
      ->type_name("FILE");
  command->add_option("--refresh-token-file", source->refresh_token_file, "holds the refresh token")
      ->type_name("FILE");
  add_json_flag(*command, line);
  command->footer(
      "Without a file the secret is asked for, or read from standard input; as an argument every\n"
      "user of this machine could see it. It is traded at once, so that a wrong one shows now.\n"
      "Jobs of the athlete that wait for tokens go on.\n\n"
      "Example: hookspoolctl athlete add --code");
  command->callback([&line, source] {
    line.command = [source](Context& context, Output& output) { add(context, output, *source); };
  });
}

}  // namespace hookspool::ctl
