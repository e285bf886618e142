// hookspoolctl reconcile

#include <json/value.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "ctl/commands.h"
#include "ctl/date_text.h"
#include "fetcher/housekeeper.h"
#include "store/athletes.h"

namespace hookspool::ctl {
namespace {

struct Options {
  std::int64_t athlete = 0;
  std::optional<std::string> after;
  bool may_remove = false;
};

std::chrono::seconds back(Context& context, const Options& options) {
  if (!options.after) return context.config().fetcher().reconcile_back;
  const Timestamp now = context.clock().now();
  return std::chrono::ceil<std::chrono::seconds>(now - parse_date(*options.after, now));
}

void reconcile(Context& context, Output& output, const Options& options) {
  store::Database& database = context.database();
  std::int64_t begun = 0;
  std::int64_t under_way = 0;
  for (const store::Athlete& athlete : store::Athletes(database).list()) {
    if (options.athlete != 0 && athlete.id != event::AthleteId{options.athlete}) continue;
    const bool is_new = fetcher::begin_reconciliation(database, athlete.id, context.clock().now(),
                                                      back(context, options), options.may_remove);
    ++(is_new ? begun : under_way);
  }
  if (begun + under_way == 0) {
    throw Error(ExitCode::kNoInput, "there is no such athlete; see hookspoolctl athletes");
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
                   "activities that started after that (default: [fetcher] reconcile_back)")
      ->type_name("DATE");
  command->add_flag("--may-remove", options->may_remove,
                    "remove any number of activities that are gone at Strava");
  add_json_flag(*command, line);
  command->footer(
      std::string("The fetcher does it by itself, every [fetcher] reconcile_every. What seems to\n"
                  "be gone is verified first.\n") +
      kDateForms + "\n\nExample: hookspoolctl reconcile --after 7d");
  command->callback([&line, options] {
    line.command = [options](Context& context, Output& output) {
      reconcile(context, output, *options);
    };
  });
}

}  // namespace hookspool::ctl
