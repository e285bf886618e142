#include "deployment/site.h"

#include <httplib.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <sstream>
#include <stdexcept>

#include "base/file_content.h"

namespace hookspool::deployment {
namespace {

constexpr const char* kHost = "www.example.org";
constexpr std::string_view kOrigin = "https://www.example.org";
constexpr const char* kCertificateDirectory = "/etc/letsencrypt/live/www.example.org";
constexpr const char* kTrusted = "/etc/ssl/certs/ca-certificates.crt";

std::filesystem::path certificate_in(const Machine& machine) {
  return machine.path(kCertificateDirectory) / "fullchain.pem";
}

void prepare(httplib::SSLClient& client, const std::filesystem::path& certificate) {
  client.set_hostname_addr_map({{kHost, "127.0.0.1"}});
  client.set_ca_cert_path(certificate);
  client.set_read_timeout(30);  // a slow machine loses nothing
  client.set_tcp_nodelay(true);
}

}  // namespace

Site::Site(const std::filesystem::path& lower) : machine_(lower) {
  machine_.write("/etc/hosts", std::string("127.0.0.1 localhost ") + kHost + "\n");
  // For the simulated Strava, which runs beside the machine.
  ::mount(machine_.path("/etc/hosts").c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr);
  make_certificate();
}

Site::~Site() {
  ::umount2("/etc/hosts", MNT_DETACH);
}

/// One that signs itself, and that everybody on the machine trusts.
void Site::make_certificate() const {
  const std::filesystem::path directory = machine_.path(kCertificateDirectory);
  std::filesystem::create_directories(directory);
  const e2e::Finished made = e2e::run({"openssl",
                                       "req",
                                       "-x509",
                                       "-newkey",
                                       "ec",
                                       "-pkeyopt",
                                       "ec_paramgen_curve:P-256",
                                       "-nodes",
                                       "-days",
                                       "30",
                                       "-subj",
                                       "/CN=Test authority",
                                       "-addext",
                                       std::string("subjectAltName=DNS:") + kHost,
                                       "-addext",
                                       "keyUsage=critical,digitalSignature,keyCertSign",
                                       "-keyout",
                                       directory / "privkey.pem",
                                       "-out",
                                       directory / "fullchain.pem"});
  if (made.exit_code != 0) throw std::runtime_error("openssl: " + made.errors);
  std::filesystem::permissions(directory / "privkey.pem", std::filesystem::perms(0644));
  machine_.write(kTrusted, read_file(directory / "fullchain.pem"));
}

void Site::open() {
  install();
  strava_.emplace(machine_.path("/tmp"), certificate_in(machine_));
  configure();
  configure_web_server();
  start_web_server();
}

void Site::set_up() {
  open();
  const e2e::Finished added = ctl({"athlete", "add"}, strava_->add_athlete() + "\n");
  if (added.exit_code != 0) throw std::runtime_error("cannot add the athlete: " + added.errors);
  const e2e::Finished subscribed = ctl({"subscribe"});
  if (subscribed.exit_code != 0) {
    throw std::runtime_error("cannot subscribe: " + subscribed.errors + subscribed.output);
  }
}

e2e::HttpAnswer Site::request(const std::string& method, const std::string& query,
                              const std::string& body) const {
  httplib::SSLClient client(kHost);
  prepare(client, certificate_in(machine_));
  httplib::Request request;
  request.method = method;
  request.path = callback_url().substr(kOrigin.size()) + (query.empty() ? "" : "?" + query);
  if (method == "POST") request.set_header("Content-Type", "application/json");
  request.body = body;
  return e2e::answer_of(client.send(request));
}

e2e::HttpAnswer Site::browse(const std::string& url) const {
  if (!url.starts_with(kOrigin)) {
    const std::size_t path = url.find('/', url.find("://") + std::string("://").size());
    return e2e::answer_of(httplib::Client(url.substr(0, path)).Get(url.substr(path)));
  }
  httplib::SSLClient client(kHost);
  prepare(client, certificate_in(machine_));
  return e2e::answer_of(client.Get(url.substr(kOrigin.size())));
}

/// By curl, which hears an answer that comes before it has sent everything.
int Site::post_in_chunks(const std::string& body) const {
  // Not through a pipe, which would break when it stops reading.
  machine_.write("/tmp/body", body);
  Machine::Command command{"curl", "--silent", "--http1.1", "--max-time", "4"};
  for (const char* header :
       {"Transfer-Encoding: chunked", "Expect:", "Content-Type: application/json"}) {
    command.insert(command.end(), {"--header", header});
  }
  command.insert(command.end(), {"--cacert", certificate_in(machine_), "--resolve",
                                 std::string(kHost) + ":443:127.0.0.1", "--data-binary",
                                 "@" + machine_.path("/tmp/body").string(), "--output", "/dev/null",
                                 "--write-out", "%{http_code}", callback_url()});
  return std::stoi(e2e::run(command).output);
}

std::string Site::create_event(std::int64_t activity) const {
  return e2e::event_body(activity, "create", 1'790'000'000, strava_->subscription());
}

int Site::post(std::int64_t activity) const {
  return request("POST", "", create_event(activity)).status;
}

void Site::break_program(const std::filesystem::path& inside) const {
  // One that runs cannot be written to.
  std::filesystem::remove(machine_.path(inside));
  machine_.write(inside, "#!/bin/sh\nexit 1\n");
  machine_.must({"chmod", "755", inside});
}

std::set<std::int64_t> Site::stored() const {
  const e2e::Finished listed = ctl({"list", "--limit", "100000", "--json"});
  if (listed.exit_code != 0) throw std::runtime_error(listed.errors);
  std::set<std::int64_t> ids;
  for (const Json::Value& activity : e2e::from_text(listed.output)) {
    ids.insert(activity["id"].asInt64());
  }
  return ids;
}

std::size_t Site::log_lines(const std::string& text, const std::set<std::string>& but) const {
  std::size_t found = 0;
  for (const char* directory : {"/var/log", "/tmp"}) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(
             machine_.path(directory),
             std::filesystem::directory_options::skip_permission_denied)) {
      const std::string name = file.path().filename();
      // That of the simulated Strava is not the machine's.
      if (!file.is_regular_file() || name == "strava.log" || but.contains(name)) continue;
      std::istringstream lines(read_file(file.path()));
      for (std::string line; std::getline(lines, line);) {
        if (line.find(text) != std::string::npos) ++found;
      }
    }
  }
  return found;
}

void Site::ship(const std::string& file, const std::filesystem::path& inside) const {
  machine_.write(inside, read_file(file));
}

Machine::Command Site::init_options(const std::filesystem::path& secret_file) const {
  return {"init",
          "--client-id",
          std::to_string(e2e::Strava::kClientId),
          "--client-secret-file",
          secret_file,
          "--callback-url",
          callback_url(),
          "--api-url",
          strava_->url() + "/api/v3",
          "--oauth-url",
          strava_->url() + "/oauth"};
}

void Site::run_web_server(const Machine::Command& command) {
  web_server_.emplace(machine_.start(command, "web-server.log"));
  wait_for_web_server();
}

void Site::wait_for_web_server() const {
  if (e2e::eventually([&] { return request("GET").status == 200; })) return;
  std::string logs;
  for (const char* log :
       {"/tmp/web-server.log", "/tmp/receiver.log", "/var/log/apache2/error.log",
        "/var/log/nginx/error.log", "/var/log/lighttpd/error.log", "/var/log/apache2/suexec.log"}) {
    if (!std::filesystem::exists(machine_.path(log))) continue;
    logs += std::string("\n") + log + ":\n" + machine_.read(log);
  }
  throw std::runtime_error("the callback answers " + std::to_string(request("GET").status) +
                           logs.substr(0, 4000));
}

void Site::kill_web_server() {
  const pid_t group = web_server_->pid();
  ::kill(-group, SIGKILL);
  web_server_->wait();
  // The others of the group have become ours with the death of their parents.
  while (::waitpid(-group, nullptr, 0) > 0) {
  }
}

void Site::end_receivers() {
  for (const pid_t pid : receivers()) ::kill(pid, SIGTERM);
}

bool Site::end_soon(const std::vector<pid_t>& ending) {
  const auto is_there = [](pid_t pid) { return std::ranges::count(receivers(), pid) > 0; };
  return e2e::eventually([&] { return std::ranges::none_of(ending, is_there); });
}

void Site::end_receivers_and_wait() {
  const std::vector<pid_t> ending = receivers();
  end_receivers();
  if (!end_soon(ending)) throw std::runtime_error("a receiver does not end");
}

}  // namespace hookspool::deployment
