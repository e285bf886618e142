// hookspoolctl unsubscribe

#include <json/value.h>

#include <memory>
#include <optional>
#include <string>

#include "ctl/commands.h"
#include "ctl/id_text.h"
#include "ctl/present_subscription.h"
#include "ctl/refusal.h"
#include "ctl/subscription_file.h"
#include "strava/subscriptions.h"

namespace hookspool::ctl {
namespace {

using Id = std::optional<event::SubscriptionId>;

/// A receiver that went on to demand an id that is gone would refuse all events of the next one.
void forget(const SubscriptionFile& file, Id id) {
  const Id known = file.read();
  if (!id || !known || *known == *id) file.remove();
}

void report(Output& output, Id id) {
  if (output.json()) {
    Json::Value value;
    value["removed"] = id ? json_of(*id) : Json::Value();
    return output.print(value);
  }
  output.print(id ? "subscription " + text_of(*id) + " removed"
                  : std::string("there was no subscription to remove"));
}

void unsubscribe(Context& context, Output& output, Id id) {
  strava::Subscriptions subscriptions(context.transport(), context.clock(),
                                      context.config().strava());
  const SubscriptionFile file(context.config().spool());
  if (!id) {
    if (const auto present = present_subscription(subscriptions)) id = present->id;
  }
  if (id) required("remove subscription " + text_of(*id), subscriptions.remove(*id));
  forget(file, id);
  report(output, id);
}

}  // namespace

void declare_unsubscribe(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("unsubscribe", "have Strava send no more events");
  const auto id = std::make_shared<std::int64_t>(0);
  auto* option = command->add_option("ID", *id, "which subscription (default: the present one)")
                     ->type_name("")
                     ->check(positive());
  add_json_flag(*command, line);
  command->footer(
      "What is in the spool already is still fetched.\n\nExample: hookspoolctl unsubscribe");
  command->callback([&line, id, option] {
    const Id chosen = option->count() > 0 ? Id(event::SubscriptionId{*id}) : std::nullopt;
    line.command = [chosen](Context& context, Output& output) {
      unsubscribe(context, output, chosen);
    };
  });
}

}  // namespace hookspool::ctl
