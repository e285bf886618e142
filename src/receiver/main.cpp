// hookspool.fcgi: answers Strava's validation request, and keeps its events.

#include <malloc.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "config/config_file.h"
#include "receiver/cgi.h"
#include "receiver/fastcgi_connection.h"
#include "receiver/fastcgi_server.h"
#include "receiver/handler.h"
#include "receiver/known_subscription.h"
#include "receiver/listening_socket.h"
#include "receiver/sandbox.h"
#include "receiver/signals.h"
#include "spool/file_system.h"
#include "spool/layout.h"
#include "spool/lock.h"
#include "spool/pending_authorizations.h"

namespace {

using namespace hookspool;

struct Options {
  std::string config;
  std::string socket;
  std::string listen;
  std::optional<unsigned> threads;
};

constexpr unsigned kMostThreads = 256;

void declare(CLI::App& app, Options& options) {
  app.set_version_flag("--version", "hookspool.fcgi " HOOKSPOOL_VERSION);
  app.add_option("--config", options.config, "configuration; the default: hookspool.fcgi(8)")
      ->type_name("FILE");
  auto* socket = app.add_option("--socket", options.socket, "serve FastCGI on a Unix socket")
                     ->type_name("PATH");
  app.add_option("--listen", options.listen, "serve FastCGI on a TCP socket, loopback or private")
      ->type_name("ADDRESS:PORT")
      ->excludes(socket);
  app.add_option("--threads", options.threads, "threads that read requests while one more writes")
      ->check(CLI::Range(1U, kMostThreads));
  app.footer(
      "Without --socket and --listen it serves the socket that a web server, spawn-fcgi\n"
      "or systemd hands over, or, started as a CGI program, one request.\n\n"
      "Example: hookspool.fcgi --socket /run/hookspool/hookspool.sock");
}

config::ReceiverConfig load(const std::string& given) {
  const config::ConfigFile file(config::find_config_file(given));
  config::ReceiverConfig receiver = file.receiver();
  for (const std::string& warning : file.warnings()) log::warning(warning);
  return receiver;
}

receiver::ListeningSocket open_socket(const Options& options) {
  using receiver::ListeningSocket;
  if (!options.socket.empty()) return ListeningSocket::at_path(options.socket);
  if (!options.listen.empty()) return ListeningSocket::at_address(options.listen);
  const auto inherited = receiver::inherited_socket();
  if (!inherited) {
    throw Error(ExitCode::kUsage,
                "started neither by a web server nor with --socket or --listen; see --help");
  }
  ListeningSocket socket = ListeningSocket::inherited(*inherited);
  if (const char* const addresses = std::getenv("FCGI_WEB_SERVER_ADDRS")) {
    socket.take_from(receiver::WebServerAddresses(addresses));
  }
  return socket;
}

/// A spool that takes nothing shows at the start rather than at the first event. Not fatal, since
/// the validation request can be answered without it, and it may be mended meanwhile.
void try_spool(const spool::Layout& layout) {
  try {
    spool::Lock lock(spool::real_file_system(), layout);
    const spool::Lock::Held held = lock.hold();
  } catch (const SystemError& error) {
    log::error(std::string(error.what()) + "; events are answered with 503 until that is mended");
  }
}

/// What one thread has allocated for an event another one may free. With an arena for each thread
/// all of them keep what a burst took, and the receiver is twice as large.
void share_one_arena() {
#ifdef M_ARENA_MAX
  ::mallopt(M_ARENA_MAX, 1);
#endif
}

int serve_fastcgi(const Options& options) {
  share_one_arena();
  receiver::ignore_write_signals();
  const Descriptor stop = receiver::watch_stop_signals();
  const config::ReceiverConfig config = load(options.config);
  const spool::Layout layout(config.spool);
  const SystemClock clock;
  const spool::PendingAuthorizations authorizations(layout, clock);
  const receiver::Handler handler(config.verify_token, config.accept, authorizations);
  receiver::KnownSubscription subscription(config.subscription_id, layout.subscription());
  receiver::initialize_fastcgi();
  receiver::ListeningSocket socket = open_socket(options);
  try_spool(layout);
  if (config.sandbox) receiver::enter_sandbox(layout.root(), options.socket);
  receiver::FastCgiServer server(std::move(socket), handler, subscription,
                                 spool::real_file_system(), clock, layout,
                                 {options.threads.value_or(config.threads), config.max_body});
  server.run(stop.get());
  return static_cast<int>(ExitCode::kOk);
}

int serve_one_cgi_request() {
  receiver::ignore_write_signals();
  // Arguments are not looked at: by RFC 3875, section 4.4, whoever sends the request chooses them.
  const config::ReceiverConfig config = load("");
  const spool::Layout layout(config.spool);
  const SystemClock clock;
  const spool::PendingAuthorizations authorizations(layout, clock);
  const receiver::Handler handler(config.verify_token, config.accept, authorizations);
  receiver::KnownSubscription subscription(config.subscription_id, layout.subscription());
  if (config.sandbox) receiver::enter_sandbox_for_one_request(layout.root());
  receiver::serve_cgi(handler, subscription, spool::real_file_system(), clock, layout,
                      config.max_body);
  return static_cast<int>(ExitCode::kOk);
}

int run(int argc, char** argv) {
  if (receiver::started_as_cgi() && !receiver::descriptor_0_listens()) {
    return serve_one_cgi_request();
  }
  Options options;
  CLI::App app("Receives Strava's webhook events and keeps them in a spool directory.",
               "hookspool.fcgi");
  declare(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  return serve_fastcgi(options);
}

/// A web server waits for a CGI program's answer.
int fail(const char* message, ExitCode code) {
  log::error(message);
  if (receiver::started_as_cgi()) receiver::refuse_cgi_request();
  return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    return fail(error.what(), error.exit_code());
  } catch (const std::exception& error) {
    return fail(error.what(), ExitCode::kSoftware);
  }
}
