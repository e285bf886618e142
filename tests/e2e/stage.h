#pragma once

#include <json/value.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "e2e/http_answer.h"
#include "e2e/program.h"
#include "e2e/strava.h"
#include "support/temporary_directory.h"

namespace hookspool::e2e {

/// Everything that is there in earnest, on one machine: the simulated Strava, nginx with the
/// repository's own snippets, hookspool.fcgi, a configuration and an athlete's tokens. The fetcher
/// is started by the test. Whatever was started is stopped at the end.
class Stage {
 public:
  struct Settings {
    std::string accept;  ///< the line of hookspool.toml, or empty for the default
    /// False: no configuration, no athlete, and nothing started but Strava and the web server.
    bool set_up = true;
    bool start_receiver = true;
    bool subscribe = true;
  };

  Stage() : Stage(Settings()) {}
  explicit Stage(const Settings& settings);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  ~Stage();

  const std::filesystem::path& directory() const { return directory_.path(); }
  std::filesystem::path spool() const { return directory_ / "spool"; }
  std::string callback_url() const;
  const Strava& strava() const { return *strava_; }

  // The programs under test

  void start_receiver();
  /// Until the callback answers through the web server. \throws std::runtime_error  it does not
  void wait_for_receiver() const;
  void subscribe() const;
  Program& receiver() { return *receiver_; }
  /// Runs `hookspool-fetcher --drain` to its end.
  Finished drain() const;
  std::vector<std::string> fetcher_command(const std::vector<std::string>& arguments) const;
  std::vector<std::string> ctl_command(const std::vector<std::string>& arguments) const;
  /// Runs hookspoolctl; `input` is its standard input.
  Finished ctl(const std::vector<std::string>& arguments, const std::string& input = "") const;
  /// The ids of the stored activities, each as often as it is listed.
  std::multimap<std::int64_t, Json::Value> stored() const;

  // The web server

  HttpAnswer get(const std::string& query) const;
  HttpAnswer post(const std::string& body) const;
  /// Any address, as a browser opens it; redirects are not followed.
  static HttpAnswer follow(const std::string& url);
  void restart_web_server();
  /// SIGKILL to all of its processes, then another start.
  void kill_web_server();

  static constexpr const char* kVerifyToken = "token-of-the-end-to-end-tests";

 private:
  void start_web_server();
  void write_configuration(const Settings& settings) const;
  void add_athlete() const;
  std::filesystem::path program(const std::string& name) const { return build_directory() / name; }

  test::TemporaryDirectory directory_;
  int web_port_ = 0;
  std::optional<Strava> strava_;
  std::optional<Program> receiver_;
  std::optional<Program> web_server_;
};

}  // namespace hookspool::e2e
