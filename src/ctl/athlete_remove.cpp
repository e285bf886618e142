// hookspoolctl athlete remove

#include <json/value.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "ctl/athlete.h"
#include "ctl/confirm.h"
#include "ctl/id_text.h"
#include "ctl/refusal.h"
#include "fetcher/purge.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "strava/oauth_client.h"

namespace hookspool::ctl {
namespace {

struct Options {
  std::int64_t id = 0;
  bool yes = false;
  bool keep_grant = false;
};

/// Nothing is deleted here as long as Strava would go on sending events of the athlete.
void revoke(Context& context, const store::Athlete& athlete) {
  strava::OAuthClient oauth(context.transport(), context.clock(), context.config().strava());
  using Result = strava::Result<strava::OAuthClient::Revoked>;
  const auto result = strava::wait_for<Result>(context.transport(), [&](auto done) {
    oauth.revoke(athlete.refresh_token, athlete.access_token, done);
  });
  if (const strava::Failure* failure = strava::failure_of(result)) {
    const Error error = refusal("revoke the authorization at Strava", *failure);
    throw Error(error.exit_code(), std::string(error.what()) +
                                       "; nothing was deleted. --keep-grant deletes without "
                                       "revoking");
  }
}

void remove(Context& context, Output& output, const Options& options) {
  const event::AthleteId id{options.id};
  store::Athletes athletes(context.database());
  const auto athlete = athletes.find(id);
  if (!athlete) {
    throw Error(ExitCode::kNoInput, "there is no athlete " + text_of(id) +
                                        "; hookspoolctl athletes lists those there are");
  }
  const std::int64_t activities = store::Activities(context.database()).count_of(id);
  if (!options.yes) {
    confirm("Delete athlete " + text_of(id) + " with " + std::to_string(activities) +
            (activities == 1 ? " activity" : " activities") +
            (options.keep_grant ? "?" : ", and revoke the authorization at Strava?"));
  }
  if (!options.keep_grant) revoke(context, *athlete);
  fetcher::purge_athlete(context.database(), context.changes(), id);

  if (output.json()) {
    Json::Value value;
    value["id"] = json_of(id);
    value["activities"] = static_cast<Json::Int64>(activities);
    value["revoked"] = !options.keep_grant;
    return output.print(value);
  }
  output.print("athlete " + text_of(id) + " removed, with " + std::to_string(activities) +
               (activities == 1 ? " activity" : " activities"));
}

}  // namespace

void declare_athlete_remove(CLI::App& athlete, CommandLine& line) {
  auto* command = athlete.add_subcommand(
      "remove", "revoke an athlete's authorization, and delete all that is stored of the athlete");
  const auto options = std::make_shared<Options>();
  command->add_option("ID", options->id, "the athlete's id")->required()->check(positive());
  command->add_flag("--yes", options->yes, "do not ask");
  command->add_flag("--keep-grant", options->keep_grant,
                    "only delete; the application stays authorized at Strava");
  add_json_flag(*command, line);
  command->footer(
      "Tokens, activities, jobs and what the events said are deleted for good.\n\n"
      "Example: hookspoolctl athlete remove 134815");
  command->callback([&line, options] {
    line.command = [options](Context& context, Output& output) {
      remove(context, output, *options);
    };
  });
}

}  // namespace hookspool::ctl
