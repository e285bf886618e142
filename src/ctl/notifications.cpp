// hookspoolctl notifications

#include <json/value.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "ctl/commands.h"
#include "ctl/table.h"
#include "fetcher/notifier.h"
#include "store/notifications.h"

namespace hookspool::ctl {
namespace {

constexpr std::size_t kDefaultLimit = 50;

struct Options {
  bool dead = false;
  bool retry = false;
  bool drop = false;
  std::size_t limit = kDefaultLimit;
};

void list_notifications(Context& context, Output& output, const Options& options) {
  const auto found = store::Notifications(context.database()).list(options.limit, options.dead);
  if (output.json()) {
    Json::Value array(Json::arrayValue);
    for (const store::Notification& notification : found) {
      Json::Value value;
      value["id"] = notification.change_id;
      value["consumer"] = fetcher::name_of_consumer(notification.consumer);
      value["type"] = notification.kind;
      value["object_id"] = static_cast<Json::Int64>(notification.object_id);
      value["made"] = to_rfc3339(notification.made);
      value["due"] = to_rfc3339(notification.due);
      value["attempts"] = notification.attempts;
      value["dead"] = notification.dead;
      value["last_error"] =
          notification.last_error ? Json::Value(*notification.last_error) : Json::Value();
      array.append(value);
    }
    return output.print(array);
  }
  if (found.empty()) {
    return output.print(
        std::string(options.dead ? "no dead notifications" : "nobody is owed word"));
  }
  Table table({{"CONSUMER"},
               {"TYPE"},
               {"OBJECT", Table::Align::kRight},
               {"SINCE"},
               {"FAILED", Table::Align::kRight},
               {"WHY"}});
  for (const store::Notification& notification : found) {
    table.add_row({fetcher::name_of_consumer(notification.consumer), notification.kind,
                   std::to_string(notification.object_id), to_rfc3339_seconds(notification.made),
                   std::to_string(notification.attempts) + (notification.dead ? ", dead" : ""),
                   notification.last_error.value_or("-")});
  }
  output.print(table);
}

void print_count(Output& output, std::int64_t count, const char* what) {
  if (output.json()) {
    Json::Value value;
    value["notifications"] = static_cast<Json::Int64>(count);
    return output.print(value);
  }
  output.print(std::to_string(count) + (count == 1 ? " notification " : " notifications ") + what);
}

void work(Context& context, Output& output, const Options& options) {
  store::Notifications notifications(context.database());
  if (options.retry) {
    return print_count(output, notifications.revive(context.clock().now()), "will be tried again");
  }
  if (options.drop) return print_count(output, notifications.drop_dead(), "dropped");
  list_notifications(context, output, options);
}

}  // namespace

void declare_notifications(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("notifications", "list what consumers have still to be told");
  const auto options = std::make_shared<Options>();
  command->add_flag("--dead", options->dead, "those that were given up");
  auto* retry = command->add_flag("--retry", options->retry, "try all that were given up again");
  command->add_flag("--drop", options->drop, "forget all that were given up")->excludes(retry);
  command->add_option("--limit", options->limit, "how many at most (default: 50)")
      ->type_name("N")
      ->check(positive());
  add_json_flag(*command, line);
  command->footer("Times are UTC.\n\nExample: hookspoolctl notifications --dead");
  command->callback([&line, options] {
    line.command = [options](Context& context, Output& output) { work(context, output, *options); };
  });
}

}  // namespace hookspool::ctl
