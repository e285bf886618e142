#include "fetcher/process.h"

#include <chrono>
#include <exception>
#include <random>

#include "base/error.h"
#include "base/log.h"
#include "fetcher/holder.h"
#include "spool/file_system.h"
#include "spool/permissions.h"

namespace hookspool::fetcher {
namespace {

/// inotify wants a directory that is there.
spool::Layout made(const std::filesystem::path& spool) {
  spool::real_file_system().make_directory(spool, spool::kDirectoryMode);
  return spool::Layout(spool);
}

std::chrono::milliseconds jitter(const Random& random) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(kLongestJitter * random());
}

}  // namespace

Process::Settings Process::Settings::of(const config::ConfigFile& file) {
  return {file.strava(), file.fetcher(), file.notify(),
          file.alerts(), file.spool(),   file.subscription_id()};
}

Random Process::make_random() {
  return [generator = std::mt19937_64(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(generator);
  };
}

Process::Process(const Settings& settings, store::Database& database,
                 strava::HttpTransport& transport, const Clock& clock, const Random& random)
    : settings_(settings),
      holder_(make_holder()),
      database_(database),
      patience_before_(database.patience()),
      transport_(transport),
      clock_(clock),
      layout_(made(settings.spool)),
      reader_(layout_.root(), spool::real_file_system(), clock),
      authorizations_(layout_, clock),
      wake_(layout_),
      changes_(database, clock, consumers_of(settings.notify)),
      ingest_(reader_, authorizations_, database, clock, changes_, Signatures::of(settings.strava)),
      gate_(database, clock),
      budget_(database, clock, settings.fetcher.reserve, jitter(random)),
      archive_(database, clock, changes_, settings.fetcher.streams),
      lister_(database, clock, archive_, settings.fetcher.remove_at_most),
      api_(transport, clock, settings.strava.api_urls),
      oauth_(transport, clock, settings.strava),
      tokens_(database, oauth_, clock, holder_),
      worker_({database, api_, tokens_, gate_, budget_, archive_, lister_, clock}, settings.fetcher,
              holder_, random),
      authorizer_(database, oauth_, clock, holder_),
      notifier_({database, transport, clock}, settings.notify, holder_, random),
      watchman_(database, clock, changes_, settings.alerts,
                {{layout_.root(), database.path().parent_path()},
                 layout_.subscription(),
                 settings.subscription.has_value()}),
      housekeeper_(database, clock, changes_, settings.fetcher, settings.notify, watchman_) {
  // While a statement waits for the database nobody reads answers, and a request ends when its time
  // is over (strava/curl_transport.h); a few statements may follow each other in between.
  database_.patience().limit(std::chrono::seconds(5));
  // Many answers may be under way at a stop, and a service manager kills after a while, which costs
  // tokens.
  database_.patience().hurry({[this] { return wake_.stop_requested(); },
                              /*each=*/std::chrono::seconds(5), /*all=*/std::chrono::seconds(30)});
}

Process::~Process() {
  database_.patience() = patience_before_;
}

End Process::run(Mode mode, const Fetcher::GoOn& go_on) {
  Fetcher fetcher({ingest_, tokens_, worker_, authorizer_, notifier_, housekeeper_, wake_,
                   transport_, database_, clock_},
                  mode, settings_.fetcher.scan_every, go_on);
  try {
    const End end = fetcher.run();
    if (keep_tokens()) return end;
  } catch (const std::exception& error) {
    if (keep_tokens()) throw;
    log::error(error.what());
  }
  throw Error(ExitCode::kSystem, "tokens are lost, or may be; see above");
}

bool Process::keep_tokens() {
  tokens_.close();
  if (waits_for_tokens()) wait_for_tokens();
  const bool all_refreshed = tokens_.give_up();
  return authorizer_.give_up() && all_refreshed;
}

/// A refresh whose answer nobody waits for leaves its athlete with a token that Strava has ended,
/// and a trade with a code that is spent.
bool Process::waits_for_tokens() const {
  return tokens_.is_refreshing() || tokens_.has_left_over() || authorizer_.is_in_progress() ||
         authorizer_.has_left_over();
}

void Process::wait_for_tokens() {
  log::info("before it ends, the fetcher waits for tokens, and for the store to take them");
  // By the network's clock, and longer than a request may take (strava/curl_transport.h).
  constexpr std::chrono::seconds kPatience{45};
  // From the last answer on. A disk that is full for longer is so until somebody comes.
  constexpr std::chrono::seconds kPatienceWithTheStore{10};
  // With another process that holds the store, for each try. None while answers are read, for the
  // sake of those that come next.
  constexpr std::chrono::seconds kPatienceOfATry{2};
  constexpr std::chrono::seconds kPatienceOfAReader{0};
  store::Patience& patience = database_.patience();
  const store::Patience before = patience;
  patience.hurry({});
  using Steady = std::chrono::steady_clock;
  const auto start = Steady::now();
  auto answered = start;
  bool goes_on = true;
  while (goes_on && waits_for_tokens()) {
    const auto now = Steady::now();
    const bool is_asking = tokens_.is_refreshing() || authorizer_.is_in_progress();
    if (is_asking) answered = now;
    goes_on = is_asking ? now - start < kPatience : now - answered < kPatienceWithTheStore;
    try {
      transport_.withdraw();
      patience.limit(kPatienceOfAReader);
      transport_.wait(std::chrono::seconds(goes_on ? 1 : 0), {});
    } catch (const store::StoreError& error) {
      log::error(error.what());
      // The next answer may be there already.
      if (goes_on) continue;
    } catch (const std::exception& error) {
      // Nothing will be answered any more.
      log::error(error.what());
      goes_on = false;
    }
    patience.limit(kPatienceOfATry);
    tokens_.keep_left_over();
    authorizer_.keep_left_over();
  }
  patience = before;
}

}  // namespace hookspool::fetcher
