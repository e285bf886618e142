// hookspool-fetcher: works the spool off. Fetches activities from Strava, and keeps them.

#include <CLI/CLI.hpp>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "config/config_file.h"
#include "fetcher/process.h"
#include "logging/spdlog_sink.h"
#include "store/database.h"
#include "strava/curl_transport.h"

namespace {

using namespace hookspool;

struct Options {
  std::string config;
  bool once = false;
  bool drain = false;
};

void declare(CLI::App& app, Options& options) {
  app.set_version_flag("--version", "hookspool-fetcher " HOOKSPOOL_VERSION);
  app.add_option("--config", options.config, "configuration file")->type_name("FILE");
  auto* once =
      app.add_flag("--once", options.once, "take what is spooled, do what is due: for cron");
  app.add_flag("--drain", options.drain, "go on until the spool is empty and no job is due")
      ->excludes(once);
  app.footer(
      "Without --once and --drain it runs until SIGTERM, and waits for the answers that are\n"
      "under way then. Exit codes: 0 done; 75 work is due, but has to wait for Strava's rate "
      "limit,\n"
      "the application, or the database; 78 the configuration is wrong; others by\n"
      "sysexits.h.\n\n"
      "Example: */5 * * * * hookspool-fetcher --config $HOME/hookspool.toml --once");
}

fetcher::Mode mode_of(const Options& options) {
  if (options.once) return fetcher::Mode::kOnce;
  return options.drain ? fetcher::Mode::kDrain : fetcher::Mode::kUntilStopped;
}

int fetch(const Options& options) {
  const config::ConfigFile file(config::find_config_file(options.config));
  const auto settings = fetcher::Process::Settings::of(file);
  const config::StoreConfig store = file.store();
  for (const std::string& warning : file.warnings()) log::warning(warning);

  const SystemClock clock;
  store::Database database(store.url);
  strava::CurlTransport transport;
  fetcher::Process process(settings, database, transport, clock);
  const bool done = process.run(mode_of(options)) == fetcher::End::kDone;
  return static_cast<int>(done ? ExitCode::kOk : ExitCode::kTryAgain);
}

}  // namespace

int main(int argc, char** argv) {
  logging::install_spdlog_sink();
  Options options;
  CLI::App app("Fetches the activities that Strava's webhook events announce, and keeps them.",
               "hookspool-fetcher");
  declare(app, options);
  try {
    app.parse(argc, argv);
    return fetch(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  } catch (const Error& error) {
    log::error(error.what());
    return static_cast<int>(error.exit_code());
  } catch (const std::exception& error) {
    log::error(error.what());
    return static_cast<int>(ExitCode::kSoftware);
  }
}
