#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "config/config_file.h"
#include "fetcher/archive.h"
#include "fetcher/authorizer.h"
#include "fetcher/backoff.h"
#include "fetcher/budget.h"
#include "fetcher/changes.h"
#include "fetcher/fetcher.h"
#include "fetcher/gate.h"
#include "fetcher/housekeeper.h"
#include "fetcher/ingest.h"
#include "fetcher/lister.h"
#include "fetcher/notifier.h"
#include "fetcher/token_keeper.h"
#include "fetcher/wake.h"
#include "fetcher/watchman.h"
#include "fetcher/worker.h"
#include "spool/layout.h"
#include "spool/pending_authorizations.h"
#include "spool/reader.h"
#include "store/database.h"
#include "strava/api_client.h"
#include "strava/http_transport.h"
#include "strava/oauth_client.h"

namespace hookspool::fetcher {

/// Everything that one fetcher process consists of, put together: hookspool-fetcher's, and that of
/// hookspoolctl while it works a backfill off.
class Process {
 public:
  /// The sections that it needs.
  struct Settings {
    config::StravaConfig strava;
    config::FetcherConfig fetcher;
    config::NotifyConfig notify;
    config::AlertConfig alerts;
    std::filesystem::path spool;
    std::optional<event::SubscriptionId> subscription = {};  ///< as it is configured

    /// \throws ConfigurationError
    static Settings of(const config::ConfigFile& file);
  };
  /// Makes the spool directory if it is missing. All must outlive this; blocks signals as Wake
  /// does, and lessens the patience of `database` while it lives. Afterwards `transport` must not
  /// be waited for any more: requests that were given up may be under way in it.
  Process(const Settings& settings, store::Database& database, strava::HttpTransport& transport,
          const Clock& clock, const Random& random = make_random());
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  /// Whatever ends it, tokens that Strava gives or rotates meanwhile are waited for, as long as a
  /// request may take, and kept; a store that does not take them is given some seconds. From a stop
  /// on it has less patience with other processes that hold the database.
  /// \throws StoreError, SystemError
  /// \throws Error  also of kind kSystem, where tokens were lost, or may be
  End run(Mode mode, const Fetcher::GoOn& go_on = {});

  // For those who want to say what it waits for.
  Gate& gate() { return gate_; }
  Budget& budget() { return budget_; }
  Waits& waits() { return worker_.waits(); }

  static Random make_random();

 private:
  bool waits_for_tokens() const;
  void wait_for_tokens();
  bool keep_tokens();

  Settings settings_;
  std::string holder_;
  store::Database& database_;
  store::Patience patience_before_;
  strava::HttpTransport& transport_;
  const Clock& clock_;
  spool::Layout layout_;
  spool::Reader reader_;
  spool::PendingAuthorizations authorizations_;
  Wake wake_;
  Changes changes_;
  Ingest ingest_;
  Gate gate_;
  Budget budget_;
  Archive archive_;
  Lister lister_;
  strava::ApiClient api_;
  strava::OAuthClient oauth_;
  TokenKeeper tokens_;
  Worker worker_;
  Authorizer authorizer_;
  Notifier notifier_;
  Watchman watchman_;
  Housekeeper housekeeper_;
};

}  // namespace hookspool::fetcher
