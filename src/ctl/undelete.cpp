// hookspoolctl undelete

#include <json/value.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "ctl/commands.h"
#include "ctl/id_text.h"
#include "ctl/table.h"
#include "store/activities.h"

namespace hookspool::ctl {
namespace {

void list_deleted(Context& context, Output& output) {
  const auto deleted = store::Activities(context.database()).deleted();
  if (output.json()) {
    Json::Value array(Json::arrayValue);
    for (const store::DeletedActivity& activity : deleted) {
      Json::Value value;
      value["id"] = json_of(activity.id);
      value["athlete_id"] = json_of(activity.athlete_id);
      value["name"] = activity.name;
      value["deleted"] = to_rfc3339(activity.deleted);
      array.append(value);
    }
    return output.print(array);
  }
  if (deleted.empty()) return output.print(std::string("no deleted activities are kept"));
  Table table(
      {{"ID", Table::Align::kRight}, {"ATHLETE", Table::Align::kRight}, {"DELETED"}, {"NAME"}});
  for (const store::DeletedActivity& activity : deleted) {
    table.add_row({text_of(activity.id), text_of(activity.athlete_id),
                   to_rfc3339_seconds(activity.deleted), activity.name});
  }
  output.print(table);
}

/// False if there is nothing to bring back.
bool bring_back(Context& context, event::ActivityId id) {
  store::Activities activities(context.database());
  store::Transaction transaction(context.database());
  if (!activities.undelete(id)) return false;
  // The consumers have been told that it was deleted.
  context.changes().stored(id, activities.owner_of(id).value());
  transaction.commit();
  return true;
}

void undelete(Context& context, Output& output, event::ActivityId id) {
  if (!bring_back(context, id)) {
    throw Error(ExitCode::kNoInput,
                "there is no deleted activity " + text_of(id) +
                    " to bring back; one is kept for 24 hours, and hookspoolctl undelete lists "
                    "those that are");
  }
  if (output.json()) {
    Json::Value value;
    value["id"] = json_of(id);
    return output.print(value);
  }
  output.print("activity " + text_of(id) +
               " is back. It stays until an event says again that it was deleted");
}

}  // namespace

void declare_undelete(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("undelete", "bring a deleted activity back");
  const auto id = std::make_shared<std::int64_t>(0);
  auto* option =
      command->add_option("ID", *id, "the activity's id; without it: list those there are")
          ->check(positive());
  add_json_flag(*command, line);
  command->footer(
      "Strava's API policy wants what an athlete deleted gone within 48 hours: bring\n"
      "back only what was not deleted there, but hidden for a while.\n\n"
      "Example: hookspoolctl undelete 16185205521");
  command->callback([&line, id, option] {
    const bool has_id = option->count() > 0;
    line.command = [id, has_id](Context& context, Output& output) {
      has_id ? undelete(context, output, event::ActivityId{*id}) : list_deleted(context, output);
    };
  });
}

}  // namespace hookspool::ctl
