// hookspoolctl status

#include <json/value.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ctl/commands.h"
#include "ctl/id_text.h"
#include "ctl/subscription_file.h"
#include "ctl/table.h"
#include "spool/file_system.h"
#include "spool/reader.h"
#include "store/activities.h"
#include "store/athletes.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/pause.h"

namespace hookspool::ctl {
namespace {

/// Everything that is shown, read in one go.
struct Status {
  spool::Backlog spool;
  std::optional<event::SubscriptionId> subscription;
  std::int64_t events = 0;
  std::optional<Timestamp> newest_event;
  store::JobCounts jobs;
  std::int64_t activities = 0;
  std::optional<Timestamp> newest_fetch;
  std::int64_t athletes = 0;
  std::int64_t stopped_athletes = 0;
  std::optional<store::PauseState> pause;
};

Status read_status(Context& context) {
  const std::filesystem::path spool = context.config().spool();
  const Timestamp now = context.clock().now();
  store::Database& database = context.database();
  Status status;
  status.spool = spool::Reader(spool, spool::real_file_system(), context.clock()).backlog();
  status.subscription = SubscriptionFile(spool).read();
  store::Events events(database);
  status.events = events.count();
  status.newest_event = events.newest();
  status.jobs = store::Jobs(database).counts(now);
  store::Activities activities(database);
  status.activities = activities.count();
  status.newest_fetch = activities.newest_fetch();
  const std::vector<store::Athlete> athletes = store::Athletes(database).list();
  status.athletes = static_cast<std::int64_t>(athletes.size());
  status.stopped_athletes = std::count_if(
      athletes.begin(), athletes.end(),
      [](const store::Athlete& athlete) { return athlete.stopped_because.has_value(); });
  status.pause = store::Pause(database).current(now);
  return status;
}

Json::Value time_or_null(const std::optional<Timestamp>& time) {
  return time ? Json::Value(to_rfc3339(*time)) : Json::Value();
}

Json::Value to_json(const Status& status) {
  Json::Value value;
  value["spool"]["segments"] = static_cast<Json::UInt64>(status.spool.segments);
  value["spool"]["bytes"] = static_cast<Json::UInt64>(status.spool.bytes);
  value["subscription_id"] = status.subscription ? json_of(*status.subscription) : Json::Value();
  value["events"]["count"] = static_cast<Json::Int64>(status.events);
  value["events"]["newest"] = time_or_null(status.newest_event);
  value["jobs"]["waiting"] = static_cast<Json::Int64>(status.jobs.waiting);
  value["jobs"]["in_progress"] = static_cast<Json::Int64>(status.jobs.in_progress);
  value["jobs"]["dead"] = static_cast<Json::Int64>(status.jobs.dead);
  value["activities"]["count"] = static_cast<Json::Int64>(status.activities);
  value["activities"]["newest_fetch"] = time_or_null(status.newest_fetch);
  value["athletes"]["count"] = static_cast<Json::Int64>(status.athletes);
  value["athletes"]["stopped"] = static_cast<Json::Int64>(status.stopped_athletes);
  value["pause"] = Json::Value();
  if (status.pause) {
    value["pause"]["reason"] = status.pause->reason;
    value["pause"]["since"] = to_rfc3339(status.pause->since);
    value["pause"]["until"] = to_rfc3339(status.pause->until);
  }
  return value;
}

std::string with_newest(std::int64_t count, const char* what,
                        const std::optional<Timestamp>& newest) {
  return std::to_string(count) +
         (newest ? std::string(", the last one ") + what + " " + to_rfc3339_seconds(*newest)
                 : std::string());
}

Table to_table(const Status& status) {
  Table table({{"WHAT"}, {"STATE"}});
  table.add_row({"spool", std::to_string(status.spool.bytes) + " bytes wait in " +
                              std::to_string(status.spool.segments) +
                              (status.spool.segments == 1 ? " segment" : " segments")});
  table.add_row({"subscription", status.subscription ? text_of(*status.subscription)
                                                     : "none known; hookspoolctl subscribe"});
  table.add_row({"events", with_newest(status.events, "received", status.newest_event)});
  table.add_row({"jobs", std::to_string(status.jobs.waiting) + " waiting, " +
                             std::to_string(status.jobs.in_progress) + " in progress, " +
                             std::to_string(status.jobs.dead) + " dead"});
  table.add_row({"activities", with_newest(status.activities, "fetched", status.newest_fetch)});
  table.add_row({"athletes", std::to_string(status.athletes) +
                                 (status.stopped_athletes == 0
                                      ? std::string()
                                      : ", of them " + std::to_string(status.stopped_athletes) +
                                            " stopped; hookspoolctl athletes")});
  if (status.pause) {
    table.add_row({"paused", "since " + to_rfc3339_seconds(status.pause->since) + " until " +
                                 to_rfc3339_seconds(status.pause->until) + ": " +
                                 status.pause->reason});
  }
  return table;
}

void show_status(Context& context, Output& output) {
  const Status status = read_status(context);
  output.json() ? output.print(to_json(status)) : output.print(to_table(status));
}

}  // namespace

void declare_status(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("status", "show what waits, what is stored, what is wrong");
  add_json_flag(*command, line);
  command->footer(
      "Asks nobody but the spool and the store. Times are UTC.\n\nExample: hookspoolctl status");
  command->callback([&line] { line.command = show_status; });
}

}  // namespace hookspool::ctl
