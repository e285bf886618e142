// hookspoolctl athlete: add, remove, purge

#include "ctl/athlete.h"

#include "ctl/commands.h"

namespace hookspool::ctl {

void declare_athlete(CLI::App& app, CommandLine& line) {
  auto* athlete = app.add_subcommand("athlete", "add, remove or purge an athlete");
  athlete->require_subcommand(1);
  declare_athlete_add(*athlete, line);
  declare_athlete_remove(*athlete, line);
  declare_athlete_purge(*athlete, line);
  athlete->footer("Example: hookspoolctl athlete add");
}

}  // namespace hookspool::ctl
