// hookspoolctl show

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "ctl/activity_text.h"
#include "ctl/commands.h"
#include "ctl/id_text.h"
#include "ctl/table.h"
#include "store/activities.h"

namespace hookspool::ctl {
namespace {

void print_columns(Output& output, const store::StoredActivity& activity) {
  const auto id = text_of(activity.id);
  Table table({{"ACTIVITY"}, {id}});
  table.add_row({"name", known(activity.name)});
  table.add_row({"sport", known(activity.sport_type)});
  table.add_row({"athlete", text_of(activity.athlete_id)});
  table.add_row({"start", known(activity.start_date)});
  table.add_row({"time zone", known(activity.timezone)});
  table.add_row({"distance in km", kilometres(activity.distance_m)});
  table.add_row({"moving time", duration(activity.moving_time_s)});
  table.add_row({"elapsed time", duration(activity.elapsed_time_s)});
  table.add_row({"elevation gain in m", metres(activity.elevation_gain_m)});
  table.add_row({"visibility", known(activity.visibility)});
  table.add_row({"fetched", to_rfc3339_seconds(activity.fetched)});
  table.add_row({"on Strava", "https://www.strava.com/activities/" + id});
  output.print(table);
}

void show(Context& context, Output& output, event::ActivityId id) {
  const auto activity = store::Activities(context.database()).find(id);
  if (!activity) {
    throw Error(ExitCode::kNoInput, "there is no activity " + text_of(id) + " in " +
                                        context.database().path().string() +
                                        "; hookspoolctl status shows whether it still waits");
  }
  output.json() ? output.print(activity->json) : print_columns(output, *activity);
}

}  // namespace

void declare_show(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("show", "show one stored activity");
  const auto id = std::make_shared<std::int64_t>(0);
  command->add_option("ID", *id, "the activity's id")->type_name("")->required()->check(positive());
  command->add_flag("--json", line.json, "print what Strava answered, whole and as it is");
  command->footer("Example: hookspoolctl show 16185205521 --json");
  command->callback([&line, id] {
    line.command = [id](Context& context, Output& output) {
      show(context, output, event::ActivityId{*id});
    };
  });
}

}  // namespace hookspool::ctl
