// hookspoolctl backfill

#include "fetcher/backfill.h"

#include <json/value.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "ctl/commands.h"
#include "ctl/date_text.h"
#include "ctl/id_text.h"
#include "ctl/progress_line.h"
#include "fetcher/process.h"
#include "store/athletes.h"
#include "store/jobs.h"
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

/// "22:30 UTC", with the day where that is more than a day away.
std::string clock_text(Timestamp moment, Timestamp now) {
  const std::string text = to_rfc3339_seconds(moment);
  const std::string time = text.substr(11, 5) + " UTC";
  return moment - now < std::chrono::hours(24) ? time : text.substr(0, 10) + " " + time;
}

const char* reason_of(store::PauseState::Kind kind) {
  switch (kind) {
    case store::PauseState::Kind::kRateLimit:
      return "rate limit";
    case store::PauseState::Kind::kApplication:
      return "Strava refuses the application";
    case store::PauseState::Kind::kOutage:
      return "Strava is out";
  }
  return "";
}

/// What all backfills amount to.
struct Total {
  explicit Total(const std::vector<fetcher::BackfillProgress>& all) {
    for (const fetcher::BackfillProgress& one : all) {
      listed += one.listed;
      waiting += one.waiting;
      calls += one.calls;
      dead += one.dead;
      is_listed = is_listed && one.is_listed;
    }
  }
  std::int64_t listed = 0;
  std::int64_t waiting = 0;
  std::int64_t calls = 0;
  std::int64_t dead = 0;
  bool is_listed = true;
};

/// Works everything off that is due, as hookspool-fetcher does, until the backfills are done.
class Work {
 public:
  Work(Context& context, const std::vector<std::int64_t>& listings)
      : context_(context),
        listings_(listings),
        dead_before_(total().dead),
        process_(fetcher::Process::Settings::of(context.config()), context.database(),
                 context.transport(), context.clock()),
        progress_(context.clock(), ::isatty(STDERR_FILENO) == 1) {}

  /// False if it was interrupted.
  bool run() {
    process_.run(fetcher::Mode::kUntilStopped, [this] { return look(); });
    progress_.finish(progress());
    return !goes_on();
  }

  /// Activities of the lists that are here, or were given up.
  Progress progress() {
    const Total now = total();
    Progress progress;
    progress.done = now.listed - now.waiting;
    progress.total = now.listed;
    progress.is_total_known = now.is_listed;
    progress.waits = goes_on() ? waits() : "";
    progress.left = left(now, progress);
    return progress;
  }
  std::int64_t given_up() { return std::max<std::int64_t>(total().dead - dead_before_, 0); }

 private:
  Total total() { return Total(fetcher::backfill_progress(context_.database(), listings_)); }
  bool goes_on() {
    return store::Jobs(context_.database()).next_due(store::Lane::kBackfill).has_value();
  }

  /// False at the end.
  bool look() {
    const bool is_to_be_shown = progress_.is_due() || (!has_waited_ && !waits().empty());
    if (is_to_be_shown) {
      const Progress now = progress();
      note_speed(now);
      progress_.show(now);
      has_waited_ = has_waited_ || !now.waits.empty();
    }
    return goes_on();
  }

  /// While nothing is waited for.
  void note_speed(const Progress& now) {
    const Timestamp moment = context_.clock().now();
    if (last_look_ && now.waits.empty()) {
      busy_ += moment - *last_look_;
      done_while_busy_ += std::max<std::int64_t>(now.done - last_done_, 0);
    }
    last_look_ = moment;
    last_done_ = now.done;
  }

  /// As long as the allowance makes it, or as the calls take.
  std::optional<std::chrono::seconds> left(const Total& now, const Progress& progress) {
    if (!progress.is_total_known || now.waiting == 0) return std::nullopt;
    const auto paid = process_.budget().paid_at(store::Lane::kBackfill, now.calls);
    if (!paid) return std::nullopt;
    const Timestamp moment = context_.clock().now();
    const Timestamp end = std::max(*paid, process_.gate().closed_until().value_or(moment));
    auto left = std::chrono::ceil<std::chrono::seconds>(end - moment);
    if (done_while_busy_ > 0) {
      const auto each = std::chrono::duration<double>(busy_) / done_while_busy_;
      left = std::max(left, std::chrono::ceil<std::chrono::seconds>(each * now.waiting));
    }
    // All of it can be paid, and how long a call takes is not known yet.
    if (left.count() <= 0) return std::nullopt;
    return left;
  }

  std::string waits() {
    const Timestamp now = context_.clock().now();
    const auto closed = process_.gate().closed_until();
    const auto pause = store::Pause(context_.database()).find();
    if (closed && pause) {
      return "waits until " + clock_text(*closed, now) + " (" + reason_of(pause->kind) + ")";
    }
    const Timestamp payable = process_.budget().payable_at(store::Lane::kBackfill);
    if (payable - now < std::chrono::seconds(2)) return "";
    return "waits until " + clock_text(payable, now) + " (rate limit)";
  }

  Context& context_;
  std::vector<std::int64_t> listings_;
  std::int64_t dead_before_;
  fetcher::Process process_;
  ProgressLine progress_;
  bool has_waited_ = false;
  std::optional<Timestamp> last_look_;
  std::int64_t last_done_ = 0;
  std::chrono::microseconds busy_{0};
  std::int64_t done_while_busy_ = 0;
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

void warn_of_stopped(Context& context, const Options& options) {
  for (const store::Athlete& athlete : store::Athletes(context.database()).list()) {
    const bool is_asked = options.athlete == 0 || athlete.id == event::AthleteId{options.athlete};
    if (!is_asked || !athlete.stopped_because) continue;
    log::warning("athlete " + text_of(athlete.id) + " is left out: " + *athlete.stopped_because +
                 "; hookspoolctl authorize");
  }
}

void backfill(Context& context, Output& output, const Options& options) {
  const fetcher::BackfillWish wish = wish_of(context, options);
  warn_of_stopped(context, options);
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
  Work work(context, listings);
  if (!work.run()) {
    throw Error(ExitCode::kTryAgain,
                "interrupted; the same command, or hookspool-fetcher, goes on where it stopped");
  }
  const std::string why_not = obstacles(context, options, listings);
  print_end(output, listings.size(), work.progress(), work.given_up(), why_not.empty());
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
