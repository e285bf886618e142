#include "e2e/stage.h"

#include <gtest/gtest.h>
#include <httplib.h>

#include <csignal>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "base/file_content.h"

namespace hookspool::e2e {
namespace {

void write(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path) << content;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// The repository's own snippet, with the places of this machine's /run and /var in the test's
/// directory.
void place_snippet(const std::string& name, const std::filesystem::path& directory) {
  std::string text = read_file(std::filesystem::path("nginx") / name);
  text = replaced(text, "/run/hookspool/", directory.string() + "/");
  text = replaced(text, "/var/log/nginx/", directory.string() + "/");
  write(directory / name, text);
}

}  // namespace

Stage::Stage(const Settings& settings) {
  std::filesystem::permissions(directory(), std::filesystem::perms::owner_all);
  strava_.emplace(directory());
  web_port_ = free_port();
  start_web_server();
  if (!settings.set_up) return;
  write_configuration(settings);
  if (settings.start_receiver) start_receiver();
  add_athlete();
  if (settings.subscribe) subscribe();
}

Stage::~Stage() {
  // A killed nginx would leave its workers behind.
  if (web_server_) web_server_->stop();
}

std::string Stage::callback_url() const {
  return "http://127.0.0.1:" + std::to_string(web_port_) + "/strava/webhook";
}

void Stage::write_configuration(const Settings& settings) const {
  const std::string strava = this->strava().url();
  write(directory_ / "client-secret", std::string(Strava::kClientSecret) + "\n");
  std::filesystem::permissions(directory_ / "client-secret", std::filesystem::perms::owner_read);
  std::ostringstream toml;
  toml << "[receiver]\nspool = \"spool\"\nverify_token = \"" << kVerifyToken << "\"\n"
       << settings.accept
       << "\n[strava]\nclient_id = 4711\nclient_secret_file = \"client-secret\"\n"
       << "callback_url = \"" << callback_url() << "\"\napi_url = \"" << strava
       << "/api/v3\"\noauth_url = \"" << strava << "/oauth\"\n"
       << "[store]\nurl = \"sqlite:" << (directory_ / "hookspool.db").string() << "\"\n";
  write(directory_ / "hookspool.toml", toml.str());
  std::filesystem::permissions(directory_ / "hookspool.toml", std::filesystem::perms::owner_read);
}

void Stage::start_web_server() {
  place_snippet("hookspool-upstream.conf", directory());
  place_snippet("hookspool-location.conf", directory());
  const std::string here = directory().string();
  std::ostringstream conf;
  // Root's workers must reach the test's directory, which is closed to others.
  if (::geteuid() == 0) conf << "user root;\n";
  conf << "worker_processes 1;\ndaemon off;\npid " << here << "/nginx.pid;\nerror_log " << here
       << "/nginx-error.log;\nevents { worker_connections 512; }\nhttp {\n";
  for (const char* kind : {"client_body", "fastcgi", "proxy", "uwsgi", "scgi"}) {
    conf << "  " << kind << "_temp_path " << here << "/nginx-" << kind << ";\n";
  }
  conf << "  access_log off;\n  include " << here << "/hookspool-upstream.conf;\n"
       << "  server {\n    listen 127.0.0.1:" << web_port_ << ";\n    include " << here
       << "/hookspool-location.conf;\n  }\n}\n";
  write(directory_ / "nginx.conf", conf.str());
  web_server_.emplace(
      Program({"nginx", "-p", here, "-c", here + "/nginx.conf", "-e", here + "/nginx-error.log"},
              directory_ / "nginx.log"));
  // Without a receiver nginx answers 502, which is an answer.
  if (!eventually([&] { return get("").status != 0; })) {
    throw std::runtime_error("nginx does not start: " + read_file(directory_ / "nginx-error.log"));
  }
}

void Stage::restart_web_server() {
  web_server_->stop();
  start_web_server();
}

void Stage::kill_web_server() {
  const std::string pid = std::to_string(web_server_->pid());
  std::istringstream workers(read_file("/proc/" + pid + "/task/" + pid + "/children"));
  for (pid_t worker = 0; workers >> worker;) ::kill(worker, SIGKILL);
  web_server_->kill();
  start_web_server();
}

void Stage::wait_for_receiver() const {
  if (!eventually([&] { return get("").status == 200; })) {
    throw std::runtime_error("the receiver does not answer: " +
                             read_file(directory_ / "receiver.log"));
  }
}

void Stage::subscribe() const {
  const Finished subscribed = ctl({"subscribe"});
  if (subscribed.exit_code != 0) {
    throw std::runtime_error("cannot subscribe: " + subscribed.errors);
  }
}

void Stage::start_receiver() {
  receiver_.emplace(Program({program("hookspool.fcgi"), "--config", directory_ / "hookspool.toml",
                             "--socket", directory_ / "hookspool.sock"},
                            directory_ / "receiver.log"));
  wait_for_receiver();
}

void Stage::add_athlete() const {
  const Finished added = ctl({"athlete", "add"}, strava().add_athlete() + "\n");
  if (added.exit_code != 0) throw std::runtime_error("cannot add the athlete: " + added.errors);
}

std::vector<std::string> Stage::fetcher_command(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command{program("hookspool-fetcher"), "--config",
                                   directory_ / "hookspool.toml"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

Finished Stage::drain() const {
  return run(fetcher_command({"--drain"}));
}

std::vector<std::string> Stage::ctl_command(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command{program("hookspoolctl"), "--config",
                                   directory_ / "hookspool.toml"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

Finished Stage::ctl(const std::vector<std::string>& arguments, const std::string& input) const {
  return run(ctl_command(arguments), input);
}

std::multimap<std::int64_t, Json::Value> Stage::stored() const {
  const Finished listed = ctl({"list", "--limit", "100000", "--json"});
  EXPECT_EQ(listed.exit_code, 0) << listed.errors;
  std::multimap<std::int64_t, Json::Value> activities;
  for (const Json::Value& activity : from_text(listed.output)) {
    activities.emplace(activity["id"].asInt64(), activity);
  }
  return activities;
}

HttpAnswer Stage::get(const std::string& query) const {
  httplib::Client client("127.0.0.1", web_port_);
  return answer_of(client.Get("/strava/webhook" + (query.empty() ? "" : "?" + query)));
}

HttpAnswer Stage::follow(const std::string& url) {
  const std::size_t path = url.find('/', url.find("://") + 3);
  return answer_of(httplib::Client(url.substr(0, path)).Get(url.substr(path)));
}

HttpAnswer Stage::post(const std::string& body) const {
  httplib::Client client("127.0.0.1", web_port_);
  return answer_of(client.Post("/strava/webhook", body, "application/json"));
}

}  // namespace hookspool::e2e
