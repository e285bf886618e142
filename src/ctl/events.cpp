// hookspoolctl events

#include <json/value.h>
#include <json/writer.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ctl/commands.h"
#include "ctl/date_text.h"
#include "ctl/id_text.h"
#include "ctl/table.h"
#include "event/event.h"
#include "store/events.h"
#include "strava/printable_text.h"

namespace hookspool::ctl {
namespace {

constexpr std::size_t kDefaultLimit = 20;
constexpr std::chrono::milliseconds kBetweenLooks{500};

struct Options {
  std::optional<std::string> since;
  std::int64_t object_id = 0;
  std::size_t limit = kDefaultLimit;
  bool follow = false;
};

Json::Value json_of_event(const store::AcceptedEvent& accepted) {
  Json::Value value;
  value["record_id"] = accepted.record_id;
  value["received"] = to_rfc3339(accepted.received);
  value["kind"] = std::string(event::name_of(accepted.event.kind));
  value["object_type"] = accepted.event.object_type;
  value["object_id"] = static_cast<Json::Int64>(accepted.event.object_id);
  value["owner_id"] = json_of(accepted.event.owner_id);
  value["event_time"] = to_rfc3339_seconds(accepted.event.event_time);
  value["body"] = accepted.body;
  value["signature"] = accepted.signature;
  return value;
}

store::Events::Query query_of(const Options& options, Timestamp now) {
  store::Events::Query query;
  if (options.since) query.since = parse_date(*options.since, now);
  if (options.object_id != 0) query.object_id = options.object_id;
  query.most = options.limit;
  query.newest = true;
  return query;
}

std::string line_of(const store::AcceptedEvent& accepted) {
  constexpr std::size_t kLongestBody = 200;
  return to_rfc3339_seconds(accepted.received) + "  " +
         std::string(event::name_of(accepted.event.kind)) + "  " +
         std::to_string(accepted.event.object_id) + "  " + text_of(accepted.event.owner_id) + "  " +
         strava::printable(accepted.body, kLongestBody);
}

void print_line(Output& output, const store::AcceptedEvent& accepted) {
  if (!output.json()) return output.print(line_of(accepted));
  Json::StreamWriterBuilder writer;
  writer["indentation"] = "";
  output.print(Json::writeString(writer, json_of_event(accepted)));
}

/// A line each, as they come into the journal, be it after a while in the spool. There is nothing
/// to restore when the person interrupts.
void follow(Context& context, Output& output, store::Events::Query query) {
  constexpr std::size_t kAtOnce = 1000;
  store::Events events(context.database());
  query.after = 0;
  while (true) {
    const std::int64_t last = events.last_entry();
    const std::vector<store::AcceptedEvent> next = events.list(query);
    for (const store::AcceptedEvent& accepted : next) {
      print_line(output, accepted);
      query.after = accepted.entry;
    }
    output.finish();
    const bool is_first = query.newest;
    const bool is_all = is_first || next.size() < kAtOnce;
    query.newest = false;
    query.most = kAtOnce;
    if (!is_all) continue;
    // Of what is asked for there is no more up to there, so that it need not be looked through
    // again.
    query.after = std::max(*query.after, last);
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

void show_events(Context& context, Output& output, const Options& options) {
  const store::Events::Query query = query_of(options, context.clock().now());
  if (options.follow) return follow(context, output, query);
  const std::vector<store::AcceptedEvent> events = store::Events(context.database()).list(query);
  if (output.json()) {
    Json::Value array(Json::arrayValue);
    for (const store::AcceptedEvent& accepted : events) array.append(json_of_event(accepted));
    return output.print(array);
  }
  if (events.empty()) return output.print(std::string("no events"));
  Table table({{"RECEIVED"},
               {"KIND"},
               {"OBJECT", Table::Align::kRight},
               {"OWNER", Table::Align::kRight},
               {"EVENT TIME"}});
  for (const store::AcceptedEvent& accepted : events) {
    table.add_row({to_rfc3339_seconds(accepted.received),
                   std::string(event::name_of(accepted.event.kind)),
                   std::to_string(accepted.event.object_id), text_of(accepted.event.owner_id),
                   to_rfc3339_seconds(accepted.event.event_time)});
  }
  output.print(table);
}

}  // namespace

void declare_events(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("events", "show what Strava posted");
  const auto options = std::make_shared<Options>();
  command->add_option("--since", options->since, "received from then on")->type_name("DATE");
  command->add_option("--object", options->object_id, "on this activity or athlete")
      ->type_name("ID")
      ->check(positive());
  command->add_option("--limit", options->limit, "the newest N (default: 20)")
      ->type_name("N")
      ->check(positive());
  command->add_flag("--follow", options->follow,
                    "go on showing them as they are taken in, a line each, with their body");
  add_json_flag(*command, line);
  command->footer(
      std::string("The fetcher takes events from the spool, and keeps them for keep_events.\n") +
      kDateForms + "\n\nExample: hookspoolctl events --since yesterday");
  command->callback([&line, options] {
    line.command = [options](Context& context, Output& output) {
      show_events(context, output, *options);
    };
  });
}

}  // namespace hookspool::ctl
