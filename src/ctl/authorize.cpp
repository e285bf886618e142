// hookspoolctl authorize

#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/random_token.h"
#include "ctl/commands.h"
#include "ctl/new_tokens.h"
#include "ctl/open_in_browser.h"
#include "ctl/redirect.h"
#include "ctl/redirect_listener.h"
#include "ctl/secret_input.h"
#include "spool/file_system.h"
#include "spool/layout.h"
#include "spool/pending_authorizations.h"
#include "spool/reader.h"
#include "store/athletes.h"
#include "store/authorizations.h"
#include "strava/authorization_url.h"
#include "strava/oauth_client.h"

namespace hookspool::ctl {
namespace {

using std::chrono::seconds;

/// An athlete has so long to answer, whichever way the answer comes.
constexpr seconds kPatience = spool::PendingAuthorizations::kLifetime;

struct Options {
  bool listen = false;
  int port = 0;
  bool paste = false;
  bool receiver = false;
  bool open = false;
};

/// On standard error, so that a script has the result alone on standard output.
void tell(const std::string& text) {
  std::cerr << text << std::flush;
}

void show_address(const std::string& address, const Options& options) {
  tell(
      "Open this address in a browser, and let the athlete authorize everything that it lists.\n"
      "It is good for ten minutes:\n\n    " +
      address + "\n\n");
  if (options.open) open_in_browser(address);
}

void trade(Context& context, Output& output, store::Athletes& athletes,
           const event::Authorization& answer) {
  strava::OAuthClient oauth(context.transport(), context.clock(), context.config().strava());
  const strava::Tokens tokens = trade_code(context.transport(), oauth, answer.code);
  if (!tokens.athlete_id) {
    throw Error(ExitCode::kUnavailable, "Strava gave tokens, but did not say for which athlete");
  }
  const store::Athlete athlete{*tokens.athlete_id,
                               tokens.refresh_token,
                               tokens.access_token,
                               tokens.expires_at,
                               tokens.scope.value_or(answer.scope),
                               std::nullopt};
  const bool known_before = athletes.find(athlete.id).has_value();
  athletes.put(athlete, context.clock().now());
  report_new_tokens(output, athlete, known_before);
}

event::Authorization answer_by_listening(Context& context, const Options& options) {
  const std::string state = random_token();
  RedirectListener listener(options.port, state);
  show_address(strava::authorization_url(context.config().strava(), listener.redirect_uri(), state),
               options);
  tell("Waiting for the browser to come back to " + listener.redirect_uri() +
       "; it must run on this machine.\n");
  const auto answer = listener.wait(kPatience);
  if (!answer) throw Error(ExitCode::kTryAgain, "no answer came within ten minutes");
  expect_granted(*answer, state);
  return *answer;
}

event::Authorization answer_by_pasting(Context& context, const Options& options) {
  const std::string state = random_token();
  show_address(
      strava::authorization_url(context.config().strava(), "http://localhost/authorized", state),
      options);
  tell(
      "The browser ends at an address on localhost that it cannot open. Copy all of it from the\n"
      "address bar, and paste it here.\n");
  const event::Authorization answer =
      parse_redirect(read_secret("address of the page that cannot be opened", "").reveal());
  expect_granted(answer, state);
  return answer;
}

/// Waits until the receiver has spooled the answer and the fetcher has traded it.
event::AthleteId wait_for_fetcher(Context& context, const std::string& state) {
  constexpr std::chrono::milliseconds kBetweenLooks{250};
  constexpr seconds kUsualTime{5};
  store::Authorizations authorizations(context.database());
  const spool::Reader spool(context.config().spool(), spool::real_file_system(), context.clock());
  const Timestamp begun = context.clock().now();
  std::optional<Timestamp> spooled;
  bool told = false;
  while (context.clock().now() - begun < kPatience) {
    if (const auto outcome = authorizations.outcome(state)) {
      if (outcome->athlete) return *outcome->athlete;
      throw Error(ExitCode::kNoPermission, outcome->complaint);
    }
    if (!spooled && spool.backlog().bytes > 0) spooled = context.clock().now();
    if (spooled && !told && context.clock().now() - *spooled > kUsualTime) {
      tell("Something waits in the spool for hookspool-fetcher; is it running?\n");
      told = true;
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
  throw Error(ExitCode::kTryAgain,
              "no answer came within ten minutes; was the address opened, does the web server pass "
              "<callback>/authorized to the receiver, and is hookspool-fetcher running?");
}

std::set<event::AthleteId> ids_of(store::Athletes& athletes) {
  std::set<event::AthleteId> ids;
  for (const store::Athlete& athlete : athletes.list()) ids.insert(athlete.id);
  return ids;
}

void authorize_by_receiver(Context& context, Output& output, const Options& options) {
  const config::StravaConfig strava = context.config().strava();
  if (strava.callback_url.empty()) {
    throw Error(ExitCode::kUsage,
                "--receiver needs strava.callback_url in hookspool.toml; without it there are "
                "--listen and --paste");
  }
  store::Athletes athletes(context.database());
  const spool::Layout layout(context.config().spool());
  const spool::PendingAuthorizations authorizations(layout, context.clock());
  const std::string state = authorizations.begin();
  const std::string redirect_uri = strava.callback_url + "/authorized";
  show_address(strava::authorization_url(strava, redirect_uri, state), options);
  tell("Waiting for Strava to send the browser to " + redirect_uri +
       ".\nIts host must be the application's Authorization Callback Domain at\n"
       "https://www.strava.com/settings/api; hookspool-fetcher must be running.\n");
  const std::set<event::AthleteId> known_before = ids_of(athletes);
  const event::AthleteId id = wait_for_fetcher(context, state);
  const auto athlete = athletes.find(id);
  if (!athlete) throw Error(ExitCode::kUnavailable, "the athlete was removed meanwhile");
  report_new_tokens(output, *athlete, known_before.contains(id));
}

void authorize_here(Context& context, Output& output, const Options& options) {
  // Opened before the athlete is asked: what Strava gives must have a place.
  store::Athletes athletes(context.database());
  trade(
      context, output, athletes,
      options.paste ? answer_by_pasting(context, options) : answer_by_listening(context, options));
}

void authorize(Context& context, Output& output, Options options) {
  if (!options.listen && !options.paste && !options.receiver) {
    options.receiver = !context.config().strava().callback_url.empty();
    options.paste = !options.receiver;
  }
  options.receiver ? authorize_by_receiver(context, output, options)
                   : authorize_here(context, output, options);
}

}  // namespace

void declare_authorize(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("authorize", "let an athlete authorize the application");
  const auto options = std::make_shared<Options>();
  auto* receiver = command->add_flag("--receiver", options->receiver,
                                     "the answer comes to <callback>/authorized, through the "
                                     "receiver (default)");
  auto* listen = command->add_flag("--listen", options->listen,
                                   "the answer comes to 127.0.0.1, on this machine");
  command->add_option("--port", options->port, "where --listen listens (default: any)")
      ->check(CLI::Range(1, 65535))
      ->type_name("NUMBER")
      ->needs(listen);
  auto* paste = command->add_flag("--paste", options->paste,
                                  "a person pastes the address at which the browser ended");
  receiver->excludes(listen)->excludes(paste);
  listen->excludes(paste);
  command->add_flag("--open", options->open, "open the address in this machine's browser");
  add_json_flag(*command, line);
  command->footer(
      "Prints the address of Strava's authorization page, and waits for the answer.\n"
      "Several athletes can be added, one after the other. Without strava.callback_url\n"
      "the default is --paste.\n\n"
      "Example: hookspoolctl authorize");
  command->callback([&line, options] {
    line.command = [options](Context& context, Output& output) {
      authorize(context, output, *options);
    };
  });
}

}  // namespace hookspool::ctl
