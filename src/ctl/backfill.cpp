// hookspoolctl backfill

#include "fetcher/backfill.h"

#include <json/value.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "ctl/commands.h"
#include "ctl/date_text.h"
#include "ctl/id_text.h"
#include "ctl/progress_line.h"
#include "fetcher/process.h"
#include "store/pause.h"

namespace hookspool::ctl {
namespace {

struct Options {
  std::int64_t athlete = 0;
  std::string after;
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
  if (!options.after.empty()) {
    wish.after =
        std::chrono::floor<std::chrono::seconds>(parse_date(options.after, context.clock().now()));
  }
  wish.details = options.details;
  wish.with_streams = options.streams;
  return wish;
}

/// Works everything off that is due, as hookspool-fetcher does, until the backfills are done.
class Work {
 public:
  Work(Context& context, bool single)
      : context_(context),
        single_(single),
        begun_(context.clock().now()),
        process_(fetcher::Process::Settings::of(context.config()), context.database(),
                 context.transport(), context.clock()),
        progress_(context.clock(), ::isatty(STDERR_FILENO) == 1) {}

  fetcher::BackfillProgress run() {
    process_.run(fetcher::Mode::kUntilStopped, [this] { return look(); });
    return progress();
  }

 private:
  fetcher::BackfillProgress progress() {
    return fetcher::backfill_progress(context_.database(), begun_);
  }

  /// False at the end.
  bool look() {
    const auto now = progress();
    // What has left the queue was fetched; the lists put more into it.
    fetched_ += std::max<std::int64_t>(waiting_ - now.to_fetch, 0);
    waiting_ = now.to_fetch;
    if (single_) {
      progress_.show(fetched_, fetched_ + waiting_, waits_for());
    } else {
      progress_.show(now.listed, now.listed, waits_for());
    }
    return !now.is_done;
  }

  std::string waits_for() {
    const Timestamp now = context_.clock().now();
    const auto closed = process_.gate().closed_until();
    if (closed) {
      const auto pause = store::Pause(context_.database()).find();
      return "Strava until " + to_rfc3339_seconds(*closed) +
             (pause ? " (" + pause->reason + ")" : "");
    }
    const Timestamp payable = process_.budget().payable_at(store::Lane::kBackfill);
    if (payable - now < std::chrono::seconds(2)) return "";
    return "the rate limit until " + to_rfc3339_seconds(payable);
  }

  Context& context_;
  bool single_;  ///< each activity is fetched, too
  Timestamp begun_;
  fetcher::Process process_;
  ProgressLine progress_;
  std::int64_t waiting_ = 0;
  std::int64_t fetched_ = 0;
};

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

void print_end(Output& output, std::size_t athletes) {
  if (output.json()) {
    Json::Value value;
    value["athletes"] = static_cast<Json::UInt64>(athletes);
    value["done"] = true;
    return output.print(value);
  }
  output.print(std::string("done; hookspoolctl jobs --dead lists what could not be fetched"));
}

void backfill(Context& context, Output& output, const Options& options) {
  const std::size_t athletes =
      fetcher::begin_backfill(context.database(), wish_of(context, options), context.clock().now());
  if (athletes == 0) {
    throw Error(ExitCode::kNoInput,
                options.athlete != 0
                    ? "there is no athlete " + std::to_string(options.athlete) +
                          " who can be asked; see hookspoolctl athletes"
                    : "there is no athlete who can be asked; run hookspoolctl authorize");
  }
  if (options.no_wait) return print_begun(output, athletes);
  // The progress says it all.
  spdlog::set_level(spdlog::level::err);
  if (!Work(context, options.details || options.streams).run().is_done) {
    throw Error(ExitCode::kTryAgain,
                "interrupted; the same command, or hookspool-fetcher, goes on where it stopped");
  }
  print_end(output, athletes);
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
