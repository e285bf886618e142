// hookspoolctl subscriptions

#include <json/value.h>

#include "ctl/commands.h"
#include "ctl/id_text.h"
#include "ctl/refusal.h"
#include "ctl/table.h"
#include "strava/subscriptions.h"

namespace hookspool::ctl {
namespace {

void print_json(Output& output, const std::vector<strava::Subscription>& list) {
  Json::Value array(Json::arrayValue);
  for (const strava::Subscription& subscription : list) {
    Json::Value value;
    value["id"] = json_of(subscription.id);
    value["callback_url"] = subscription.callback_url;
    value["created_at"] = subscription.created_at;
    array.append(value);
  }
  output.print(array);
}

void print_table(Output& output, const std::vector<strava::Subscription>& list) {
  if (list.empty()) return output.print(std::string("no subscription; hookspoolctl subscribe"));
  Table table({{"ID", Table::Align::kRight}, {"CREATED"}, {"CALLBACK URL"}});
  for (const strava::Subscription& subscription : list) {
    table.add_row({text_of(subscription.id), subscription.created_at, subscription.callback_url});
  }
  output.print(table);
}

void list_subscriptions(Context& context, Output& output) {
  strava::Subscriptions subscriptions(context.transport(), context.clock(),
                                      context.config().strava());
  const auto list = required("list the subscriptions", subscriptions.list());
  output.json() ? print_json(output, list) : print_table(output, list);
}

}  // namespace

void declare_subscriptions(CLI::App& app, CommandLine& line) {
  auto* command =
      app.add_subcommand("subscriptions", "show what this application is subscribed to at Strava");
  add_json_flag(*command, line);
  command->footer("Example: hookspoolctl subscriptions --json");
  command->callback([&line] { line.command = list_subscriptions; });
}

}  // namespace hookspool::ctl
