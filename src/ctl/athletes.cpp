// hookspoolctl athletes

#include <json/value.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ctl/commands.h"
#include "ctl/id_text.h"
#include "ctl/table.h"
#include "store/athletes.h"

namespace hookspool::ctl {
namespace {

void print_json(Output& output, const std::vector<store::Athlete>& athletes) {
  Json::Value array(Json::arrayValue);
  for (const store::Athlete& athlete : athletes) {
    Json::Value value;
    value["id"] = json_of(athlete.id);
    value["scope"] = athlete.scope;
    value["access_expires_at"] = to_rfc3339_seconds(athlete.access_expires_at);
    value["stopped_because"] =
        athlete.stopped_because ? Json::Value(*athlete.stopped_because) : Json::Value();
    array.append(value);
  }
  output.print(array);
}

void print_table(Output& output, const std::vector<store::Athlete>& athletes) {
  if (athletes.empty()) return output.print(std::string("no athlete; hookspoolctl athlete add"));
  Table table({{"ID", Table::Align::kRight}, {"SCOPE"}, {"TOKEN EXPIRES"}, {"STATE"}});
  for (const store::Athlete& athlete : athletes) {
    table.add_row({text_of(athlete.id), athlete.scope.empty() ? "unknown" : athlete.scope,
                   to_rfc3339_seconds(athlete.access_expires_at),
                   athlete.stopped_because ? "stopped: " + *athlete.stopped_because : "ok"});
  }
  output.print(table);
}

void list_athletes(Context& context, Output& output) {
  const auto athletes = store::Athletes(context.database()).list();
  output.json() ? print_json(output, athletes) : print_table(output, athletes);
}

}  // namespace

void declare_athletes(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("athletes", "list the athletes who authorized us");
  add_json_flag(*command, line);
  command->footer(
      "A token that has expired is refreshed when it is next needed.\n\n"
      "Example: hookspoolctl athletes");
  command->callback([&line] { line.command = list_athletes; });
}

}  // namespace hookspool::ctl
