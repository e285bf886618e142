// hookspoolctl replay

#include "fetcher/replay.h"

#include <json/value.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ctl/commands.h"
#include "ctl/date_text.h"
#include "fetcher/judge.h"

namespace hookspool::ctl {
namespace {

struct Options {
  std::string since;
  std::int64_t object_id = 0;
};

void replay(Context& context, Output& output, const Options& options) {
  const Timestamp now = context.clock().now();
  const Timestamp since = parse_date(options.since, now);
  const auto object = options.object_id != 0 ? std::optional(options.object_id) : std::nullopt;
  const fetcher::Judge judge(fetcher::Signatures::of(context.config().strava()));
  const fetcher::Replayed replayed = fetcher::replay(context.database(), judge, since, object, now);
  if (output.json()) {
    Json::Value value;
    value["since"] = to_rfc3339_seconds(since);
    value["events"] = static_cast<Json::UInt64>(replayed.events);
    value["jobs"] = static_cast<Json::UInt64>(replayed.jobs);
    value["waiting_already"] = static_cast<Json::UInt64>(replayed.waiting);
    value["of_unknown_athletes"] = static_cast<Json::UInt64>(replayed.unknown);
    value["without_right_signature"] = static_cast<Json::UInt64>(replayed.refused);
    return output.print(value);
  }
  output.print("of " + std::to_string(replayed.events) + " events since " +
               to_rfc3339_seconds(since) + " came " + std::to_string(replayed.jobs) + " jobs" +
               (replayed.waiting == 0
                    ? ""
                    : ", " + std::to_string(replayed.waiting) + " of which waited already"));
  if (replayed.unknown > 0) {
    output.print(std::to_string(replayed.unknown) +
                 " events are of athletes who have not been added");
  }
  if (replayed.refused > 0) {
    output.print(std::to_string(replayed.refused) +
                 " events more lead to nothing, since they lack a right signature, which [strava] "
                 "signature requires; if they are Strava's, mend signing_secret, and replay again");
  }
}

}  // namespace

void declare_replay(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("replay", "do again what events asked for");
  const auto options = std::make_shared<Options>();
  command->add_option("--since", options->since, "of events received from then on")
      ->type_name("DATE")
      ->required();
  command->add_option("--object", options->object_id, "on this activity or athlete only")
      ->type_name("ID")
      ->check(positive());
  add_json_flag(*command, line);
  command->footer(
      std::string("Deletions are verified as ever, and fresh events go first. Signatures are\n"
                  "checked as the configuration says now, whatever it said when events came.\n") +
      kDateForms + "\n\nExample: hookspoolctl replay --since yesterday");
  command->callback([&line, options] {
    line.command = [options](Context& context, Output& output) {
      replay(context, output, *options);
    };
  });
}

}  // namespace hookspool::ctl
