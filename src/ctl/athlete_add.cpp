// hookspoolctl athlete add

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "ctl/athlete.h"
#include "ctl/new_tokens.h"
#include "ctl/refusal.h"
#include "ctl/secret_input.h"
#include "ctl/token_owner.h"
#include "ctl/unclaimed_token.h"
#include "store/athletes.h"
#include "strava/oauth_client.h"

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

Tokens refresh(strava::HttpTransport& transport, strava::OAuthClient& oauth, const Secret& token) {
  return accepted("refresh token", strava::wait_for<Result<Tokens>>(
                                       transport, [&](auto done) { oauth.refresh(token, done); }));
}

event::AthleteId owner_of(const Tokens& tokens, Context& context,
                          const std::vector<std::string>& api_urls,
                          const UnclaimedToken& unclaimed) {
  try {
    return required("ask Strava whose token this is",
                    ask_whose(context, api_urls, tokens.access_token));
  } catch (const Error& error) {
    throw Error(error.exit_code(), std::string(error.what()) + "; " + unclaimed.how_to_go_on());
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
    tokens =
        trade_code(context.transport(), oauth, read_secret("authorization code", source.code_file));
  } else {
    tokens = refresh(context.transport(), oauth,
                     read_secret("refresh token", source.refresh_token_file));
  }
  if (!tokens.athlete_id) {
    // Committed before the access token is used, as always.
    unclaimed.keep(tokens.refresh_token);
    tokens.athlete_id = owner_of(tokens, context, strava.api_urls, unclaimed);
  }
  const bool known_before = athletes.find(*tokens.athlete_id).has_value();
  const store::Athlete athlete{*tokens.athlete_id, tokens.refresh_token,      tokens.access_token,
                               tokens.expires_at,  tokens.scope.value_or(""), std::nullopt};
  athletes.put(athlete, context.clock().now());
  unclaimed.forget();
  report_new_tokens(output, athlete, known_before);
}

}  // namespace

void declare_athlete_add(CLI::App& athlete, CommandLine& line) {
  auto* command = athlete.add_subcommand(
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
      "Without a file the secret is asked for, or read from standard input; as an\n"
      "argument every user of this machine could see it. It is traded at once, so that\n"
      "a wrong one shows now. Jobs of the athlete that wait for tokens go on.\n\n"
      "Example: hookspoolctl athlete add --code");
  command->callback([&line, source] {
    line.command = [source](Context& context, Output& output) { add(context, output, *source); };
  });
}

}  // namespace hookspool::ctl
