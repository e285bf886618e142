// hookspoolctl jobs, retry, drop

#include <json/value.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "ctl/commands.h"
#include "ctl/id_text.h"
#include "ctl/table.h"
#include "fetcher/listing.h"
#include "store/job_report.h"
#include "store/jobs.h"
#include "store/listings.h"

namespace hookspool::ctl {
namespace {

constexpr std::size_t kDefaultLimit = 50;

Json::Value json_of_job(const store::Job& job) {
  Json::Value value;
  value["object_id"] = static_cast<Json::Int64>(job.object_id);
  value["athlete_id"] = json_of(job.athlete_id);
  value["wish"] = store::name_of(job.wish);
  value["lane"] = store::name_of(job.lane);
  value["dead"] = job.dead;
  value["created"] = to_rfc3339(job.created);
  value["due"] = to_rfc3339(job.due);
  value["attempts"] = job.attempts;
  value["last_error"] = job.last_error ? Json::Value(*job.last_error) : Json::Value();
  return value;
}

void list_jobs(Context& context, Output& output, bool dead, std::size_t limit) {
  store::JobReport jobs(context.database());
  const std::vector<store::Job> found = dead ? jobs.dead(limit) : jobs.alive(limit);
  if (output.json()) {
    Json::Value array(Json::arrayValue);
    for (const store::Job& job : found) array.append(json_of_job(job));
    return output.print(array);
  }
  if (found.empty()) return output.print(std::string(dead ? "no dead jobs" : "no jobs"));
  Table table({{"ID", Table::Align::kRight},
               {"WISH"},
               {"LANE"},
               {"ATHLETE", Table::Align::kRight},
               {dead ? "SINCE" : "DUE"},
               {"FAILED", Table::Align::kRight},
               {"WHY"}});
  for (const store::Job& job : found) {
    table.add_row({std::to_string(job.object_id), store::name_of(job.wish),
                   store::name_of(job.lane), text_of(job.athlete_id),
                   to_rfc3339_seconds(dead ? job.created : job.due), std::to_string(job.attempts),
                   job.last_error.value_or("-")});
  }
  output.print(table);
}

void print_count(Output& output, const std::string& what, std::int64_t count) {
  if (output.json()) {
    Json::Value value;
    value["jobs"] = static_cast<Json::Int64>(count);
    return output.print(value);
  }
  output.print(std::to_string(count) + (count == 1 ? " job " : " jobs ") + what);
}

[[noreturn]] void no_job(std::int64_t id, const char* kind, const char* command) {
  throw Error(ExitCode::kNoInput, std::string("there is no ") + kind + "job for " +
                                      std::to_string(id) + "; " + command + " lists them");
}

void retry(Context& context, Output& output, std::optional<std::int64_t> id) {
  const std::int64_t count =
      store::Jobs(context.database()).revive_all_of(id, context.clock().now());
  if (count == 0 && id) no_job(*id, "dead ", "hookspoolctl jobs --dead");
  print_count(output, "will be tried again", count);
}

/// An event that is wrong, or forged, about the owner leads to a job beside the owner's: who wants
/// the one to go is not to lose the other.
void expect_one_athlete(Context& context, std::int64_t id) {
  const auto athletes = store::JobReport(context.database()).athletes_of(id);
  if (athletes.size() < 2) return;
  std::string names;
  for (const event::AthleteId athlete : athletes) names += ' ' + text_of(athlete);
  throw Error(ExitCode::kUsage, "the jobs for " + std::to_string(id) + " are of several athletes:" +
                                    names + "; say with --athlete whose is to be dropped");
}

/// Without its job a list goes no further, and is not to look as if it did. What was left out so,
/// in a sentence, if nothing looks at that by itself.
std::string end_listing(Context& context, std::int64_t id,
                        std::optional<event::AthleteId> athlete) {
  const auto listing = store::Listings(context.database()).find(id);
  if (!listing || listing->ended || listing->athlete_id != athlete.value_or(listing->athlete_id)) {
    return "";
  }
  fetcher::end_listing(context.database(), *listing, context.clock().now());
  if (listing->kind == store::Listing::Kind::kBackfill) return "";
  return "; it may have been the only one to look at what started since " +
         to_rfc3339_seconds(listing->after) + ": hookspoolctl reconcile --athlete " +
         text_of(listing->athlete_id) + " --after " + to_rfc3339_seconds(listing->after) +
         " does it anew";
}

void drop(Context& context, Output& output, std::int64_t id,
          std::optional<event::AthleteId> athlete) {
  store::Transaction transaction(context.database());
  if (!athlete) expect_one_athlete(context, id);
  const std::int64_t count = store::Jobs(context.database()).drop_all_of(id, athlete);
  const std::string left_out = count > 0 ? end_listing(context, id, athlete) : "";
  transaction.commit();
  if (count == 0) no_job(id, "", "hookspoolctl jobs");
  print_count(output, "dropped" + left_out, count);
}

void declare_retry(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("retry", "try dead jobs again");
  const auto id = std::make_shared<std::int64_t>(0);
  const auto all = std::make_shared<bool>(false);
  auto* choice = command->add_option_group("choice", "which of them");
  choice->add_option("ID", *id, "of this activity, athlete or listing")->check(positive());
  choice->add_flag("--all", *all, "all of them");
  choice->require_option(1);
  add_json_flag(*command, line);
  command->footer("Example: hookspoolctl retry 16185205521");
  command->callback([&line, id, all] {
    line.command = [id, all](Context& context, Output& output) {
      retry(context, output, *all ? std::nullopt : std::optional(*id));
    };
  });
}

void declare_drop(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("drop", "forget jobs");
  const auto id = std::make_shared<std::int64_t>(0);
  const auto athlete = std::make_shared<std::int64_t>(0);
  command->add_option("ID", *id, "of an activity, athlete or listing")
      ->required()
      ->check(positive());
  command->add_option("--athlete", *athlete, "of this athlete only")
      ->type_name("ID")
      ->check(positive());
  add_json_flag(*command, line);
  command->footer(
      "What is stored of it stays. Where events name several athletes as the owner of\n"
      "an activity, each has a job for it.\n\n"
      "Example: hookspoolctl drop 16185205521");
  command->callback([&line, id, athlete] {
    line.command = [id, athlete](Context& context, Output& output) {
      const bool is_any = *athlete == 0;
      drop(context, output, *id, is_any ? std::nullopt : std::optional(event::AthleteId{*athlete}));
    };
  });
}

}  // namespace

void declare_jobs(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("jobs", "list what is still to be done");
  const auto dead = std::make_shared<bool>(false);
  const auto limit = std::make_shared<std::size_t>(kDefaultLimit);
  command->add_flag("--dead", *dead,
                    "those that were given up, the newest first, and last those of athletes who "
                    "have not been added");
  command->add_option("--limit", *limit, "how many at most (default: 50)")
      ->type_name("N")
      ->check(positive());
  add_json_flag(*command, line);
  command->footer("Times are UTC.\n\nExample: hookspoolctl jobs --dead");
  command->callback([&line, dead, limit] {
    line.command = [dead, limit](Context& context, Output& output) {
      list_jobs(context, output, *dead, *limit);
    };
  });
  declare_retry(app, line);
  declare_drop(app, line);
}

}  // namespace hookspool::ctl
