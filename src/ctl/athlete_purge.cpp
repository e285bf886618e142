// hookspoolctl athlete purge

#include <json/value.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "ctl/athlete.h"
#include "ctl/confirm.h"
#include "ctl/id_text.h"
#include "fetcher/purge.h"
#include "store/activities.h"
#include "store/athletes.h"

namespace hookspool::ctl {
namespace {

void purge(Context& context, Output& output, event::AthleteId id, bool yes) {
  store::Activities activities(context.database());
  store::Athletes athletes(context.database());
  const std::int64_t count = activities.count_of(id);
  if (!athletes.find(id) && count == 0) {
    throw Error(ExitCode::kNoInput, "nothing is stored of an athlete " + text_of(id));
  }
  if (!yes) {
    confirm("Delete everything that is stored of athlete " + text_of(id) + ", " +
            std::to_string(count) + (count == 1 ? " activity" : " activities") +
            " and the tokens, for good?");
  }
  fetcher::purge_athlete(context.database(), context.changes(), id);
  if (output.json()) {
    Json::Value value;
    value["id"] = json_of(id);
    value["activities"] = static_cast<Json::Int64>(count);
    return output.print(value);
  }
  output.print("everything that was stored of athlete " + text_of(id) + " is deleted, " +
               std::to_string(count) + (count == 1 ? " activity" : " activities"));
}

}  // namespace

void declare_athlete_purge(CLI::App& athlete, CommandLine& line) {
  auto* command = athlete.add_subcommand(
      "purge", "delete everything that is stored of an athlete, without asking Strava");
  const auto id = std::make_shared<std::int64_t>(0);
  const auto yes = std::make_shared<bool>(false);
  command->add_option("ID", *id, "the athlete's id")->required()->check(positive());
  command->add_flag("--yes", *yes, "do not ask");
  add_json_flag(*command, line);
  command->footer(
      "For an athlete who asks for it, or whose authorization is dead anyway. If the\n"
      "application is authorized at Strava it stays so; athlete remove revokes that.\n\n"
      "Example: hookspoolctl athlete purge 134815");
  command->callback([&line, id, yes] {
    line.command = [id, yes](Context& context, Output& output) {
      purge(context, output, event::AthleteId{*id}, *yes);
    };
  });
}

}  // namespace hookspool::ctl
