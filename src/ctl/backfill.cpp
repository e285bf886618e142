// hookspoolctl backfill

#include "fetcher/backfill.h"

#include <json/value.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "ctl/backfill_run.h"
#include "ctl/commands.h"
#include "ctl/date_text.h"
#include "ctl/id_text.h"
#include "ctl/progress_line.h"
#include "ctl/stopped_athletes.h"
#include "store/athletes.h"

namespace hookspool::ctl {
namespace {

struct Options {
  std::int64_t athlete = 0;
  std::optional<std::string> after;
  bool details = false;
  bool streams = false;
  bool no_wait = false;
};

fetcher::BackfillWish wish_of(Context& context, const Options& options) {
  if (options.streams && context.config().fetcher().streams.empty()) {
    throw Error(ExitCode::kConfiguration, "--streams needs [fetcher] streams in " +
                                              context.config().path().string() +
                                              ", which says which of them to keep");
  }
  fetcher::BackfillWish wish;
  if (options.athlete != 0) wish.athlete = event::AthleteId{options.athlete};
  if (options.after) {
    wish.after =
        std::chrono::floor<std::chrono::seconds>(parse_date(*options.after, context.clock().now()));
  }
  wish.details = options.details;
  wish.with_streams = options.streams;
  return wish;
}

void print_begun(Output& output, std::size_t athletes) {
  if (output.json()) {
    Json::Value value;
    value["athletes"] = static_cast<Json::UInt64>(athletes);
    value["done"] = false;
    return output.print(value);
  }
  output.print("queued for " + std::to_string(athletes) +
               (athletes == 1 ? " athlete" : " athletes") +
               "; hookspool-fetcher works it off, and hookspoolctl status shows how far it is");
}

void print_end(Output& output, std::size_t athletes, const Progress& progress,
               std::int64_t given_up, bool is_done) {
  if (output.json()) {
    Json::Value value;
    value["athletes"] = static_cast<Json::UInt64>(athletes);
    value["done"] = is_done;
    value["activities"] = static_cast<Json::Int64>(progress.total);
    value["waiting"] = static_cast<Json::Int64>(progress.total - progress.done);
    value["given_up"] = static_cast<Json::Int64>(given_up);
    return output.print(value);
  }
  std::string text = (is_done ? "done: " : "not done: ") + progress.counts("activities");
  if (given_up > 0) {
    text += "; " + std::to_string(given_up) +
            " given up, which hookspoolctl jobs --dead lists with the reasons";
  }
  output.print(text);
}

/// Why athletes' backfills cannot go on, a sentence each; empty if all of them are done.
std::string obstacles(Context& context, const Options& options,
                      const std::vector<std::int64_t>& listings) {
  std::string text;
  for (const auto& progress : fetcher::backfill_progress(context.database(), listings)) {
    const bool is_asked =
        options.athlete == 0 || progress.athlete == event::AthleteId{options.athlete};
    if (!is_asked || progress.is_done()) continue;
    const auto athlete = store::Athletes(context.database()).find(progress.athlete);
    if (!text.empty()) text += "; ";
    text += "the history of athlete " + text_of(progress.athlete) + " is not complete: ";
    text += athlete && athlete->stopped_because
                ? *athlete->stopped_because +
                      "; hookspoolctl authorize brings a new authorization, and the same command "
                      "then goes on"
                : "its list was given up; see hookspoolctl jobs --dead";
  }
  return text;
}

void backfill(Context& context, Output& output, const Options& options) {
  const fetcher::BackfillWish wish = wish_of(context, options);
  warn_of_stopped(context, wish.athlete);
  const std::vector<std::int64_t> listings =
      fetcher::begin_backfill(context.database(), wish, context.clock().now());
  if (listings.empty()) {
    throw Error(ExitCode::kNoInput,
                options.athlete != 0
                    ? "there is no athlete " + std::to_string(options.athlete) +
                          " who can be asked; see hookspoolctl athletes"
                    : "there is no athlete who can be asked; run hookspoolctl authorize");
  }
  if (options.no_wait) return print_begun(output, listings.size());
  // The progress says it all.
  spdlog::set_level(spdlog::level::err);
  BackfillRun run(context, listings);
  if (!run.run()) {
    throw Error(ExitCode::kTryAgain,
                "interrupted; the same command, or hookspool-fetcher, goes on where it stopped");
  }
  const std::string why_not = obstacles(context, options, listings);
  print_end(output, listings.size(), run.progress(), run.given_up(), why_not.empty());
  if (!why_not.empty()) throw Error(ExitCode::kUnavailable, why_not);
}

}  // namespace

void declare_backfill(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("backfill", "fetch the history of the athletes");
  const auto options = std::make_shared<Options>();
  command->add_option("--athlete", options->athlete, "of this athlete only")
      ->type_name("ID")
      ->check(positive());
  command->add_option("--after", options->after, "activities that started after that")
      ->type_name("DATE");
  command->add_flag("--details", options->details,
                    "a call for each activity, rather than one for 200 and what the list says");
  command->add_flag("--streams", options->streams, "two calls: with its streams, too");
  command->add_flag("--no-wait", options->no_wait, "only queue it, for hookspool-fetcher");
  add_json_flag(*command, line);
  command->footer(
      std::string("Fresh events go first, and the rate limit is kept: a long history takes days.\n"
                  "Interrupted, it goes on where it stopped, and repeats no call.\n") +
      kDateForms + "\n\nExample: hookspoolctl backfill --after 2024 --details");
  command->callback([&line, options] {
    line.command = [options](Context& context, Output& output) {
      backfill(context, output, *options);
    };
  });
}

}  // namespace hookspool::ctl
