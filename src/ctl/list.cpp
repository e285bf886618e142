// hookspoolctl list

#include <json/value.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ctl/activity_text.h"
#include "ctl/commands.h"
#include "ctl/id_text.h"
#include "ctl/table.h"
#include "store/activities.h"

namespace hookspool::ctl {
namespace {

constexpr std::size_t kDefaultLimit = 20;

using Athlete = std::optional<event::AthleteId>;

void print_json(Output& output, const std::vector<store::StoredActivity>& activities) {
  Json::Value array(Json::arrayValue);
  for (const store::StoredActivity& activity : activities) array.append(columns_of(activity));
  output.print(array);
}

void print_table(Output& output, const std::vector<store::StoredActivity>& activities) {
  if (activities.empty()) return output.print(std::string("no activities"));
  using Align = Table::Align;
  Table table({{"ID", Align::kRight},
               {"START"},
               {"SPORT"},
               {"KM", Align::kRight},
               {"TIME", Align::kRight},
               {"NAME"}});
  for (const store::StoredActivity& activity : activities) {
    table.add_row({text_of(activity.id), known(activity.start_date), known(activity.sport_type),
                   kilometres(activity.distance_m), duration(activity.moving_time_s),
                   known(activity.name)});
  }
  output.print(table);
}

void list(Context& context, Output& output, std::size_t limit, Athlete athlete) {
  const auto activities = store::Activities(context.database()).list(limit, athlete);
  output.json() ? print_json(output, activities) : print_table(output, activities);
}

}  // namespace

void declare_list(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("list", "list stored activities, the newest first");
  const auto limit = std::make_shared<std::size_t>(kDefaultLimit);
  const auto athlete = std::make_shared<std::int64_t>(0);
  command->add_option("--limit", *limit, "how many at most (default: 20)")
      ->type_name("N")
      ->check(positive());
  auto* athlete_option = command->add_option("--athlete", *athlete, "of this athlete only")
                             ->type_name("ID")
                             ->check(positive());
  add_json_flag(*command, line);
  command->footer("Times are UTC.\n\nExample: hookspoolctl list --limit 5");
  command->callback([&line, limit, athlete, athlete_option] {
    const Athlete chosen =
        athlete_option->count() > 0 ? Athlete(event::AthleteId{*athlete}) : std::nullopt;
    line.command = [limit, chosen](Context& context, Output& output) {
      list(context, output, *limit, chosen);
    };
  });
}

}  // namespace hookspool::ctl
