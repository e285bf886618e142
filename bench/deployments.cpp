// Measures every way to deploy hookspool, with real web servers and TLS, as docs/deployment.md
// shows it.
//
// usage: build/deployments [SECONDS_EACH]

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "base/file_content.h"
#include "deployment/namespaces.h"
#include "deployment/site.h"

namespace hookspool::deployment {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int kConnections = 32;
constexpr int kColdStarts = 15;

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

double post_in_milliseconds(const Site& site, const std::string& event) {
  const auto begin = std::chrono::steady_clock::now();
  while (site.request("POST", "", event).status != 200) {
  }
  return Milliseconds(std::chrono::steady_clock::now() - begin).count();
}

/// What all receivers have for themselves, in MiB.
double private_memory() {
  double kibibytes = 0;
  for (const pid_t pid : Site::receivers()) {
    std::ifstream rollup("/proc/" + std::to_string(pid) + "/smaps_rollup");
    for (std::string line; std::getline(rollup, line);) {
      if (!line.starts_with("Private_")) continue;
      kibibytes += std::stod(line.substr(line.find(':') + 1));
    }
  }
  return kibibytes / 1024;
}

struct Load {
  double per_second = 0;
  double p99_in_milliseconds = 0;
  long refused = 0;
};

/// With wrk, which keeps its connections to the web server.
Load under_load(const Site& site, const std::string& seconds) {
  std::string script = read_file("bench/post_event.lua");
  const std::string theirs = "122449";
  script.replace(script.find(theirs), theirs.size(), std::to_string(site.strava().subscription()));
  site.machine().write("/tmp/post_event.lua", script);
  const e2e::Finished ended =
      e2e::run({"wrk", "--threads", "1", "--connections", std::to_string(kConnections),
                "--duration", seconds + "s", "--latency", "--script",
                site.machine().path("/tmp/post_event.lua"), site.callback_url()});
  const std::size_t at = ended.output.find("result ");
  if (at == std::string::npos) return {};
  std::istringstream line(ended.output.substr(at + std::string("result ").size()));
  double requests = 0;
  double p50 = 0;
  double p99 = 0;
  double microseconds = 1;
  Load load;
  line >> requests >> load.refused >> p50 >> p99 >> microseconds;
  load.per_second = (requests - static_cast<double>(load.refused)) / microseconds * 1e6;
  load.p99_in_milliseconds = p99 / 1000;
  return load;
}

/// The whole server for nginx lets an address post a hundred events a second.
void lift_rate_limit(Site& site) {
  const std::string server = "/etc/nginx/conf.d/strava.conf";
  if (!std::filesystem::exists(site.machine().path(server))) return;
  std::string text = site.machine().read(server);
  const std::string limit = "rate=100r/s";
  text.replace(text.find(limit), limit.size(), "rate=900000r/s");
  site.machine().write(server, text);
  site.reload_web_server();
}

void measure(const Way& way, const std::string& seconds) {
  const std::string obstacle = way.obstacle();
  if (!obstacle.empty()) {
    std::cout << "| " << way.name << " | not measured: " << obstacle << " |\n";
    return;
  }
  const auto site = way.make();
  site->set_up();
  lift_rate_limit(*site);
  const std::string event =
      e2e::event_body(1, "create", 1'790'000'000, site->strava().subscription());
  std::vector<double> cold;
  std::vector<double> warm;
  for (int i = 0; i < kColdStarts; ++i) {
    site->end_receivers();
    cold.push_back(post_in_milliseconds(*site, event));
    warm.push_back(post_in_milliseconds(*site, event));
  }
  const Load load = under_load(*site, seconds);
  const double memory = private_memory();
  std::cout << std::fixed << "| " << way.name << " | " << std::setprecision(0) << load.per_second
            << " | " << std::setprecision(1) << load.p99_in_milliseconds << " ms | " << memory
            << " MiB | " << median(cold) << " ms | " << median(warm) << " ms |"
            << (load.refused > 0 ? " refused: " + std::to_string(load.refused) : "") << std::endl;
}

int run(int argc, char** argv) {
  const std::string seconds = argc > 1 ? argv[1] : "4";
  Machine::use_the_disk();
  std::cout << "| way | durable events/s | p99 | receivers' memory | first event | next event |\n"
               "| --- | --- | --- | --- | --- | --- |\n";
  for (const Way& way : ways()) measure(way, seconds);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace hookspool::deployment

int main(int argc, char** argv) {
  return hookspool::deployment::run_isolated(
      [&] { return hookspool::deployment::run(argc, argv); });
}
