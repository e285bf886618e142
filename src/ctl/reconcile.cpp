// hookspoolctl reconcile

#include <json/value.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "ctl/commands.h"
#include "ctl/date_text.h"
#include "ctl/id_text.h"
#include "ctl/stopped_athletes.h"
#include "fetcher/reconciliation.h"
#include "store/athletes.h"

namespace hookspool::ctl {
namespace {

struct Options {
  std::int64_t athlete = 0;
  std::optional<std::string> after;
  bool may_remove = false;
};

fetcher::ReconcileWish wish_of(Context& context, const Options& options) {
  fetcher::ReconcileWish wish;
  wish.may_remove = options.may_remove;
  if (!options.after) return wish;
  const Timestamp now = context.clock().now();
  wish.after = std::chrono::floor<std::chrono::seconds>(parse_date(*options.after, now));
  if (*wish.after > now) {
    throw Error(ExitCode::kUsage, "--after " + *options.after + " is in the future (" +
                                      to_rfc3339_seconds(*wish.after) + "); name a moment before " +
                                      to_rfc3339_seconds(now));
  }
  const auto retention = context.config().fetcher().retention;
  if (retention && *wish.after < now - *retention) {
    log::warning("what started before " + to_rfc3339_seconds(now - *retention) +
                 " is left out, since [fetcher] retention does not keep it");
  }
  return wish;
}

void reconcile(Context& context, Output& output, const Options& options) {
  store::Database& database = context.database();
  const fetcher::ReconcileWish wish = wish_of(context, options);
  std::optional<event::AthleteId> only;
  if (options.athlete != 0) only = event::AthleteId{options.athlete};
  warn_of_stopped(context, only);
  std::int64_t begun = 0;
  std::int64_t under_way = 0;
  for (const store::Athlete& athlete : store::Athletes(database).list()) {
    if (athlete.id != only.value_or(athlete.id) || athlete.stopped_because) continue;
    const bool is_new = fetcher::begin_reconciliation(database, athlete, context.config().fetcher(),
                                                      context.clock().now(), wish);
    ++(is_new ? begun : under_way);
  }
  if (begun + under_way == 0) {
    throw Error(ExitCode::kNoInput,
                only ? "there is no athlete " + text_of(*only) +
                           " who can be asked; see hookspoolctl athletes"
                     : "there is no athlete who can be asked; run hookspoolctl authorize");
  }
  if (output.json()) {
    Json::Value value;
    value["begun"] = static_cast<Json::Int64>(begun);
    value["under_way"] = static_cast<Json::Int64>(under_way);
    return output.print(value);
  }
  output.print("queued for " + std::to_string(begun) + (begun == 1 ? " athlete" : " athletes") +
               "; hookspool-fetcher works it off" +
               (under_way > 0 ? ". For " + std::to_string(under_way) + " it is under way already" +
                                    (options.may_remove ? ", and may remove now" : "")
                              : std::string()));
}

}  // namespace

void declare_reconcile(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("reconcile", "repair what the webhooks missed");
  const auto options = std::make_shared<Options>();
  command->add_option("--athlete", options->athlete, "of this athlete only")
      ->type_name("ID")
      ->check(positive());
  command
      ->add_option("--after", options->after,
                   "activities that started after that (default: as far back as the\n"
                   "fetcher goes by itself)")
      ->type_name("DATE");
  command->add_flag("--may-remove", options->may_remove,
                    "remove any number of activities that are gone at Strava");
  add_json_flag(*command, line);
  command->footer(
      std::string(
          "The fetcher does it by itself, every [fetcher] reconcile_every, back to\n"
          "[fetcher] reconcile_back before the last time. What seems to be gone is verified\n"
          "first. With --may-remove alone it goes back as far as what status asks about.\n") +
      kDateForms + "\n\nExample: hookspoolctl reconcile --after 7d");
  command->callback([&line, options] {
    line.command = [options](Context& context, Output& output) {
      reconcile(context, output, *options);
    };
  });
}

}  // namespace hookspool::ctl
