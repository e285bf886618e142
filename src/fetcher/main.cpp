// hookspool-fetcher: works the spool off. Fetches activities from Strava, and keeps them.

#include <CLI/CLI.hpp>
#include <random>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "config/config_file.h"
#include "fetcher/archive.h"
#include "fetcher/authorizer.h"
#include "fetcher/budget.h"
#include "fetcher/changes.h"
#include "fetcher/fetcher.h"
#include "fetcher/gate.h"
#include "fetcher/holder.h"
#include "fetcher/ingest.h"
#include "fetcher/lister.h"
#include "fetcher/token_keeper.h"
#include "fetcher/wake.h"
#include "fetcher/worker.h"
#include "logging/spdlog_sink.h"
#include "spool/file_system.h"
#include "spool/layout.h"
#include "spool/pending_authorizations.h"
#include "spool/permissions.h"
#include "spool/reader.h"
#include "store/database.h"
#include "strava/api_client.h"
#include "strava/curl_transport.h"
#include "strava/oauth_client.h"

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
      "Without --once and --drain it runs until SIGTERM, and finishes what is under way\n"
      "then. Exit codes: 0 done; 75 jobs are due, but Strava's rate limit or the state\n"
      "of the application makes them wait; 78 the configuration is wrong; others by\n"
      "sysexits.h.\n\n"
      "Example: */5 * * * * hookspool-fetcher --config $HOME/hookspool.toml --once");
}

fetcher::Mode mode_of(const Options& options) {
  if (options.once) return fetcher::Mode::kOnce;
  return options.drain ? fetcher::Mode::kDrain : fetcher::Mode::kUntilStopped;
}

fetcher::Worker::Random make_random() {
  return [generator = std::mt19937_64(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(generator);
  };
}

int fetch(const Options& options) {
  const config::ConfigFile file(config::find_config_file(options.config));
  const config::StravaConfig strava_config = file.strava();
  const config::FetcherConfig fetcher_config = file.fetcher();
  const spool::Layout layout(file.spool());
  for (const std::string& warning : file.warnings()) log::warning(warning);

  const SystemClock clock;
  const std::string holder = fetcher::make_holder();
  store::Database database(file.store().url);
  spool::real_file_system().make_directory(layout.root(), spool::kDirectoryMode);
  spool::Reader reader(layout.root(), spool::real_file_system(), clock);
  const spool::PendingAuthorizations authorizations(layout, clock);
  fetcher::Wake wake(layout);

  strava::CurlTransport transport;
  fetcher::Gate gate(database, clock);
  const fetcher::Worker::Random random = make_random();
  fetcher::Budget budget(
      database, clock, fetcher_config.reserve,
      std::chrono::duration_cast<std::chrono::milliseconds>(fetcher::kLongestJitter * random()));
  fetcher::Changes changes(database, clock, {});
  const Secret& signing_key = strava_config.signing_secret.empty() ? strava_config.client_secret
                                                                   : strava_config.signing_secret;
  fetcher::Ingest ingest(reader, authorizations, database, clock, changes,
                         {strava_config.signature, signing_key});
  fetcher::Archive archive(database, clock, changes);
  fetcher::Lister lister(database, clock, archive, fetcher_config.remove_at_most);
  strava::ApiClient api(transport, clock, strava_config.api_url);
  strava::OAuthClient oauth(transport, clock, strava_config);
  fetcher::TokenKeeper tokens(database, oauth, clock, holder);
  fetcher::Worker worker({database, api, tokens, gate, budget, archive, lister, clock},
                         fetcher_config, holder, random);
  fetcher::Authorizer authorizer(database, oauth, clock, holder);

  fetcher::Fetcher fetcher({ingest, worker, authorizer, wake, transport, database, clock},
                           mode_of(options), fetcher_config.scan_every);
  const bool done = fetcher.run() == fetcher::End::kDone;
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
