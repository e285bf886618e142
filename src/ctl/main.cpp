// hookspoolctl: sets up, authorizes, subscribes and shows.

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "ctl/commands.h"
#include "ctl/context.h"
#include "ctl/help_text.h"
#include "ctl/output.h"
#include "logging/spdlog_sink.h"

namespace {

using namespace hookspool;

void declare(CLI::App& app, ctl::CommandLine& line) {
  app.formatter(std::make_shared<ctl::HelpText>());
  app.set_version_flag("--version", "hookspoolctl " HOOKSPOOL_VERSION);
  app.add_option("--config", line.config, "configuration file (default: see hookspoolctl(1))")
      ->type_name("FILE");
  app.require_subcommand(1);
  app.fallthrough();  // --config may stand behind the command, too
  ctl::declare_init(app, line);
  ctl::declare_authorize(app, line);
  ctl::declare_athlete(app, line);
  ctl::declare_athletes(app, line);
  ctl::declare_subscribe(app, line);
  ctl::declare_subscriptions(app, line);
  ctl::declare_unsubscribe(app, line);
  ctl::declare_send_test(app, line);
  ctl::declare_list(app, line);
  ctl::declare_show(app, line);
  ctl::declare_undelete(app, line);
  ctl::declare_backfill(app, line);
  ctl::declare_reconcile(app, line);
  ctl::declare_jobs(app, line);
  ctl::declare_events(app, line);
  ctl::declare_replay(app, line);
  ctl::declare_notifications(app, line);
  ctl::declare_status(app, line);
  ctl::declare_doctor(app, line);
  ctl::declare_completion(app, line);
  app.footer(
      "hookspoolctl COMMAND --help tells more about each.\n"
      "Example: hookspoolctl status");
}

/// Whoever reads is sitting in front of it: no time stamps.
void log_to_person() {
  logging::install_spdlog_sink();
  spdlog::set_pattern("hookspoolctl: %^%l%$: %v");
}

int run(int argc, char** argv) {
  ctl::CommandLine line;
  CLI::App app("Sets up hookspool, and shows what it has.", "hookspoolctl");
  declare(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // To a misspelt command CLI11 says that one is missing.
    if (const auto unknown = app.remaining();
        !unknown.empty() && error.get_name() == "RequiredError") {
      throw Error(ExitCode::kUsage, "there is no command " + unknown.front() + "; see --help");
    }
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  ctl::Context context(line.config);
  ctl::Output output(line.json);
  line.command(context, output);
  output.finish();
  return line.exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  log_to_person();
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    log::error(error.what());
    return static_cast<int>(error.exit_code());
  } catch (const std::exception& error) {
    log::error(error.what());
    return static_cast<int>(ExitCode::kSoftware);
  }
}
