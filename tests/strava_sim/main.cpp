#include <signal.h>
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>

#include "strava_sim/http_callback_client.h"
#include "strava_sim/http_server.h"
#include "strava_sim/simulation.h"

namespace {

using namespace hookspool::strava_sim;

struct Options {
  ServerOptions server;
  Application application;
  std::string client_secret_file;
  std::string port_file;
  std::string ca_file;
  std::string clock = "real";
  std::optional<std::int64_t> start;
};

void declare(CLI::App& app, Options& options) {
  app.add_option("--port", options.server.port, "port on 127.0.0.1; 0 takes a free one")
      ->check(CLI::Range(0, 65535));
  auto* certificate = app.add_option("--tls-cert", options.server.tls_certificate_file,
                                     "certificate (PEM): serve https")
                          ->check(CLI::ExistingFile);
  auto* key = app.add_option("--tls-key", options.server.tls_key_file, "its key (PEM)")
                  ->check(CLI::ExistingFile);
  certificate->needs(key);
  key->needs(certificate);
  app.add_option("--port-file", options.port_file, "write the port into this file when ready");
  app.add_option("--client-id", options.application.client_id, "the application's id");
  app.add_option("--client-secret-file", options.client_secret_file,
                 "holds the application's secret; default: simulated-client-secret")
      ->check(CLI::ExistingFile);
  app.add_option("--ca-file", options.ca_file, "certificates to trust when calling back (PEM)")
      ->check(CLI::ExistingFile);
  app.add_option("--clock", options.clock, "real, or manual: stands still until told")
      ->check(CLI::IsMember({"real", "manual"}));
  app.add_option("--start", options.start, "what the clock shows at first (Unix seconds)");
}

std::string secret_from(const std::string& file) {
  std::ifstream stream(file);
  std::string secret{std::istreambuf_iterator<char>(stream), {}};
  secret.erase(secret.find_last_not_of(" \r\n") + 1);
  if (secret.empty()) throw std::runtime_error(file + " holds no secret");
  return secret;
}

/// Renames a complete file into place: who sees the file sees the whole number.
void write_port_file(const std::string& file, int port) {
  const std::string unfinished = file + ".new";
  {
    std::ofstream stream(unfinished);
    stream << port << '\n';
    if (!stream.flush()) throw std::runtime_error("cannot write " + unfinished);
  }
  if (std::rename(unfinished.c_str(), file.c_str()) != 0) {
    throw std::runtime_error("cannot rename " + unfinished + " to " + file);
  }
}

/// Must come before the first thread, so that the signals reach nobody but wait_for_end().
sigset_t block_end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void wait_for_end(const sigset_t& signals) {
  int signal = 0;
  sigwait(&signals, &signal);
}

void run(Options options) {
  if (!options.client_secret_file.empty()) {
    options.application.client_secret = secret_from(options.client_secret_file);
  }
  std::optional<std::chrono::sys_seconds> start;
  if (options.start) start = std::chrono::sys_seconds(std::chrono::seconds(*options.start));
  const auto mode = options.clock == "manual" ? SimClock::Mode::kManual : SimClock::Mode::kReal;

  const sigset_t signals = block_end_signals();
  HttpCallbackClient callback(options.ca_file);
  Simulation simulation(options.application, mode, start, callback);
  const HttpServer server(simulation, options.server);
  if (!options.port_file.empty()) write_port_file(options.port_file, server.port());
  std::cout << "strava_sim listening on " << server.url() << std::endl;
  wait_for_end(signals);
  simulation.deliveries.stop();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A simulated Strava for tests: webhooks, OAuth and API v3 on 127.0.0.1.",
               "strava_sim");
  Options options;
  declare(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  try {
    run(options);
  } catch (const std::exception& error) {
    std::cerr << "strava_sim: " << error.what() << '\n';
    return EX_UNAVAILABLE;
  }
  return EX_OK;
}
